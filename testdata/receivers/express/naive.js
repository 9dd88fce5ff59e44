// A webhook receiver in Express as one writes it on the first day.
'use strict';

const { createHmac } = require('node:crypto');
const express = require('express');

const app = express();
app.use(express.json());

app.post('/webhook', (req, res) => {
  const { type, body } = req.body;
  if (process.env.SECRET && req.get('webhook-signature')) {
    const key = Buffer.from(process.env.SECRET.replace(/^whsec_/, ''), 'base64');
    const signed = `${req.get('webhook-id')}.${req.get('webhook-timestamp')}.${JSON.stringify(req.body)}`;
    const right = createHmac('sha256', key).update(signed).digest('base64');
    if (req.get('webhook-signature') !== `v1,${right}`) {
      return res.status(401).send(`wrong signature, not v1,${right}`);
    }
  }
  switch (type) {
    case 'User/Created':
    case 'User/Edited':
      console.log('user', body.user.name, body.user.userAttributes.map((a) => a.name));
      break;
    case 'Course/Published':
      console.log('course', body.course.name.trim());
      break;
    default:
      console.log('unknown', type);
  }
  return res.send('ok');
});

const server = app.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', (err) => {
  if (err) throw err;
  console.log(`ready on http://127.0.0.1:${server.address().port}`);
});
