import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import assert from 'node:assert';

@Controller()
class Greeter {
  @Get()
  greet() {
    return { text: 'Hello' };
  }
}

@Module({ controllers: [Greeter] })
class App {}

async function main() {
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  const answer = await fetch(await app.getUrl());
  assert.deepStrictEqual(await answer.json(), { text: 'Hello' });
  console.log('ok');
  await app.close();
}

void main();
