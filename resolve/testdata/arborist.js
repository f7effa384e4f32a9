'use strict'
// Builds ideal trees with npm's own arborist, for the parity tests: one JSON
// request a line on stdin, one JSON answer a line on stdout.
//
//   request: {docs: {name: packument}, files: {path: text}, options, update,
//             tarballs: {"/path": base64}}
//   answer:  {packages: {location: entry}} or {code, message}
//
// argv[2] is the folder of an installed npm, argv[3] a scratch folder.
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const readline = require('node:readline')

const npm = path.resolve(process.argv[2])
const scratch = path.resolve(process.argv[3])
const Arborist = require(path.join(npm, 'node_modules/@npmcli/arborist'))

if (process.env.TRACE) {
  process.on('log', (level, ...args) => {
    if (args[0] === 'placeDep') {
      process.stderr.write(args.join(' ') + '\n')
    }
  })
}

let current
// Documents are handed to pacote through its cache: HTTP for each would cost
// more than building the tree.
const documents = request => {
  const cache = new Map()
  for (const doc of Object.values(request.docs)) {
    for (const v of Object.values(doc.versions)) {
      if (v.dist && v.dist.tarball && !v.dist.tarball.startsWith('http')) {
        v.dist.tarball = `${base}${doc.name}/-/${v.dist.tarball}`
      }
    }
    cache.set(`full:${base}${doc.name.replace('/', '%2f')}`, doc)
  }
  return cache
}

const server = http.createServer((req, res) => {
  const url = decodeURIComponent(req.url)
  const tarball = (current.tarballs || {})[url]
  if (tarball) {
    return res.end(Buffer.from(tarball, 'base64'))
  }
  res.statusCode = 404
  res.end('{}')
})
let base

const build = async request => {
  current = request
  const dir = fs.mkdtempSync(path.join(scratch, 'project-'))
  try {
    for (const [file, text] of Object.entries(request.files)) {
      fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
      fs.writeFileSync(path.join(dir, file), text)
    }
    const options = {
      path: dir,
      registry: base,
      cache: path.join(dir, '.cache'),
      packumentCache: documents(request),
      save: true,
      fetchRetries: 0,
      packageLockOnly: true,
      npmVersion: '12.0.0',
      ...request.options,
    }
    const arb = new Arborist(options)
    const started = process.hrtime.bigint()
    const tree = await arb.buildIdealTree({ complete: true, update: request.update, add: request.add })
    const took = Number(process.hrtime.bigint() - started) / 1e6
    return { packages: tree.meta.commit().packages, took }
  } catch (err) {
    return { code: err.code || 'ERROR', message: err.message + (process.env.TRACE ? err.stack : '') }
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

server.listen(0, '127.0.0.1', async () => {
  base = `http://127.0.0.1:${server.address().port}/`
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await build(JSON.parse(line))
    process.stdout.write(JSON.stringify(answer) + '\n')
  }
  server.close()
  process.exit(0)
})
