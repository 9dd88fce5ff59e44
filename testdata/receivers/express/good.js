// A webhook receiver in Express that keeps to the vendor's advice.
'use strict';

const { isUtf8 } = require('node:buffer');
const { appendFileSync } = require('node:fs');
const { createHash, createHmac, timingSafeEqual } = require('node:crypto');
const express = require('express');

const tolerance = 300; // seconds
const course = ['course', Number.isInteger];
const user = ['user', isString];
const group = ['group', Number.isInteger];
// What the body of an event holds, with the type of its id.
const holds = new Map([
  ['Course/Published', [course]],
  ['Course/Unpublished', [course]],
  ['Course/Assigned', [course, user]],
  ['Course/Started', [course, user]],
  ['Course/Progress', [course, user]],
  ['Course/Finished', [course, user]],
  ['User/Created', [user]],
  ['User/Edited', [user]],
  ['Group/User/Created', [user, group]],
]);

function isString(value) {
  return typeof value === 'string';
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

// checkSignature is Standard Webhooks, version v1.
function checkSignature(secret, req) {
  const sentAt = req.get('webhook-timestamp') ?? '';
  if (!/^\d{1,12}$/.test(sentAt) || Math.abs(Date.now() / 1000 - Number(sentAt)) > tolerance) {
    throw new Refused(401, 'signed too long ago, or never');
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const hmac = createHmac('sha256', key).update(`${req.get('webhook-id')}.${sentAt}.`).update(req.body);
  const right = Buffer.from(`v1,${hmac.digest('base64')}`);
  const sent = (req.get('webhook-signature') ?? '').split(' ').map((text) => Buffer.from(text));
  if (!sent.some((signature) => signature.length === right.length && timingSafeEqual(signature, right))) {
    throw new Refused(401, 'wrong signature');
  }
}

function parse(raw) {
  try {
    if (isUtf8(raw)) return JSON.parse(raw.toString());
  } catch {
    // it is no JSON, see below
  }
  throw new Refused(400, 'no JSON');
}

function check(event) {
  if (!isObject(event) || !Number.isInteger(event.occuredAt) || !isString(event.type) || !isObject(event.body)) {
    throw new Refused(400, 'no event');
  }
  for (const [name, isID] of holds.get(event.type) ?? []) { // types that nobody knows are taken
    const held = event.body[name];
    if (!isObject(held) || !isID(held.id) || !isString(held.name)) {
      throw new Refused(400, `no ${name}`);
    }
  }
}

const app = express();
app.disable('x-powered-by');

// The bytes: what is signed, and what is kept.
app.use(express.raw({ type: () => true, limit: '1mb' }));

app.post('/webhook', (req, res) => {
  const raw = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  req.body = raw;
  if (process.env.SECRET) checkSignature(process.env.SECRET, req);
  check(parse(raw));
  const digest = createHash('sha256').update(raw).digest('hex');
  if (process.env.RECEIVED) {
    appendFileSync(process.env.RECEIVED, `${digest}\n`);
  }
  res.json({ sha256: digest, bytes: raw.length });
});

app.use((_req, res) => res.status(404).json({ error: 'not found' }));

app.use((err, _req, res, _next) => {
  const status = err.status ?? 500;
  res.status(status).json({ error: status < 500 ? err.message : 'failed' });
});

const server = app.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', (err) => {
  if (err) throw err;
  console.log(`ready on http://127.0.0.1:${server.address().port}`);
});
