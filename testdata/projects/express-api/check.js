// Starts the server, asks it twice and says "ok".
const assert = require('node:assert');
const server = require('./server.js').app().listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/greet`;
  const post = (body) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const good = await post({ name: 'Ada' });
  assert.deepStrictEqual(await good.json(), { text: 'Hello, Ada' });
  assert.strictEqual((await post({})).status, 400);
  console.log('ok');
  server.close();
});
