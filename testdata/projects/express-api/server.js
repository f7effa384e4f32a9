const express = require('express');
const { z } = require('zod');

const greeting = z.object({ name: z.string().min(1) });

function app() {
  const api = express();
  api.use(require('helmet')(), require('cors')(), express.json());
  if (process.env.LOG) api.use(require('morgan')('tiny'));
  api.post('/greet', (req, res) => {
    const parsed = greeting.safeParse(req.body);
    if (!parsed.success) return res.status(400).json({ error: 'name is missing' });
    res.json({ text: `Hello, ${parsed.data.name}` });
  });
  return api;
}

module.exports = { app };
if (require.main === module) app().listen(process.env.PORT || 3000, '127.0.0.1');
