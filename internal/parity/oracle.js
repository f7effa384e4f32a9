'use strict'
// Runs npm's commands within one process, since most of what they take is
// npm's start: one JSON question a line on stdin, one JSON answer a line on
// stdout.
//
//   question: {dir, env, args}    answer: {failed, code, output, said}
//
// It ends after an answer with "ended", for nobody knows what an error that
// nobody caught has left behind.
//
// argv[2] is the folder of an installed npm.
const path = require('node:path')
const readline = require('node:readline')
const { Writable } = require('node:stream')

const root = path.resolve(process.argv[2])
process.argv.length = 2 // npm puts its arguments behind what is there
const Npm = require(path.join(root, 'lib/npm.js'))
const binLinks = require(path.join(root, 'node_modules/bin-links'))

const answer = async ({ dir, env, args }) => {
  // What a process would begin with: npm's config writes into its environment,
  // and bin-links remembers what it has made.
  for (const name of Object.keys(process.env)) {
    delete process.env[name]
  }
  Object.assign(process.env, env)
  process.chdir(dir)
  process.exitCode = 0
  binLinks.resetSeen()

  let said = ''
  const sink = keep => new Writable({
    write: (chunk, encoding, done) => {
      said += keep ? chunk : ''
      done()
    },
  })
  const printed = []
  const hear = (level, ...parts) => {
    if (level === 'buffer' || level === 'standard') {
      printed.push(...parts)
    }
  }
  const npm = new Npm({ stdout: sink(false), stderr: sink(true), argv: args, npmRoot: root })
  let error, ended
  const uncaught = new Promise((resolve, reject) => {
    process.on('uncaughtException', err => {
      ended = true
      reject(err)
    })
  })
  process.on('output', hear)
  const run = async () => {
    const { command, args: rest } = await npm.load()
    await npm.exec(command, rest)
  }
  try {
    await Promise.race([run(), uncaught])
  } catch (err) {
    error = err
    said += err.code ? '' : err.stack
  } finally {
    process.removeAllListeners('uncaughtException')
    process.off('output', hear)
    npm.unload()
  }
  const output = typeof printed[0] === 'string' && /^\s*[[{]/.test(printed[0]) ? JSON.parse(printed[0]) : printed[0]
  return { failed: !!error || process.exitCode !== 0, code: typeof error?.code === 'string' ? error.code : '', output, said, ended }
}

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const result = await answer(JSON.parse(line))
    process.stdout.write(JSON.stringify(result) + '\n')
    if (result.ended) {
      break
    }
  }
  process.exit(0)
}
main()
