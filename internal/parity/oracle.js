'use strict'
// Runs npm's reading commands within one process, since most of what they
// take is npm's start: one JSON question a line on stdin, one JSON answer a
// line on stdout.
//
//   question: {dir, home, args}    answer: {code, output}
//
// argv[2] is the folder of an installed npm.
const path = require('node:path')
const readline = require('node:readline')
const { Writable } = require('node:stream')

const root = path.resolve(process.argv[2])
const Npm = require(path.join(root, 'lib/npm.js'))
const environment = { ...process.env }

const answer = async ({ dir, home, args }) => {
  for (const name of Object.keys(process.env)) {
    delete process.env[name]
  }
  Object.assign(process.env, environment, { HOME: home })
  process.chdir(dir)
  const sink = () => new Writable({ write: (chunk, encoding, done) => done() })
  const said = []
  const hear = (level, meta, ...parts) => {
    if (level === 'buffer' || level === 'standard') {
      said.push(...parts)
    }
  }
  const npm = new Npm({ stdout: sink(), stderr: sink(), argv: args, npmRoot: root })
  let code = ''
  process.on('output', hear)
  try {
    const { command, args: rest } = await npm.load()
    await npm.exec(command, rest)
  } catch (err) {
    code = err.code || err.message
  } finally {
    process.off('output', hear)
    npm.unload()
  }
  return { code, output: typeof said[0] === 'string' ? JSON.parse(said[0]) : said[0] }
}

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
  }
  process.exit(0)
}
main()
