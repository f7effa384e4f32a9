const js = require('@eslint/js');
const ts = require('typescript-eslint');

module.exports = [
  { ignores: ['eslint.config.js'] },
  js.configs.recommended,
  ...ts.configs.recommended,
];
