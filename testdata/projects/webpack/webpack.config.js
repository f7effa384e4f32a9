const Html = require('html-webpack-plugin');

module.exports = {
  entry: './index.js',
  module: {
    rules: [
      { test: /\.css$/, use: ['style-loader', 'css-loader'] },
      { test: /\.js$/, exclude: /node_modules/, use: { loader: 'babel-loader', options: { presets: ['@babel/preset-env'] } } },
    ],
  },
  plugins: [new Html({ title: 'webpack-build' })],
};
