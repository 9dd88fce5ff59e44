// A webhook receiver in Express that answers with the hash of what it got.
'use strict';

const { appendFileSync } = require('node:fs');
const { createHash } = require('node:crypto');
const express = require('express');

const app = express();

// express.json() hands over the bytes before it parses them.
app.use(express.json({ verify: (req, _res, raw) => { req.raw = raw; } }));

app.post('/webhook', (req, res) => {
  if (typeof req.body?.type !== 'string') {
    return res.status(400).json({ error: 'no event' });
  }
  const digest = createHash('sha256').update(req.raw).digest('hex');
  if (process.env.RECEIVED) {
    appendFileSync(process.env.RECEIVED, `${digest}\n`);
  }
  return res.json({ sha256: digest, bytes: req.raw.length });
});

const server = app.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', (err) => {
  if (err) throw err;
  console.log(`ready on http://127.0.0.1:${server.address().port}`);
});
