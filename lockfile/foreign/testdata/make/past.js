// A registry on loopback as npm's was on a day of the past: what was published
// later is not in its documents. So real lockfiles can be made that are not the
// newest possible ones, and an importer that did not heed them would be caught.
//
//   node past.js PACOTE CACHE BEFORE NAMES
//
// prints its address, and appends to the file NAMES which documents were asked.
const http = require('node:http')
const fs = require('node:fs')
const path = require('node:path')
const [pacoteFolder, cache, before, namesFile] = process.argv.slice(2)
const pacote = require(pacoteFolder)
const semver = require(require.resolve('semver', { paths: [pacoteFolder] }))

const documents = new Map()
const asked = new Set()

function past (doc) {
  const versions = {}
  for (const [version, manifest] of Object.entries(doc.versions)) {
    if (doc.time?.[version] <= before) {
      versions[version] = manifest
    }
  }
  const known = Object.keys(versions)
  const tags = Object.fromEntries(Object.entries(doc['dist-tags']).filter(([, v]) => versions[v]))
  tags.latest ??= semver.maxSatisfying(known, '<=' + doc['dist-tags'].latest) ?? known.at(-1)
  return { ...doc, versions, 'dist-tags': tags, readme: undefined }
}

function document (name) {
  if (!asked.has(name)) {
    asked.add(name)
    fs.appendFileSync(namesFile, name + '\n')
  }
  if (!documents.has(name)) {
    documents.set(name, pacote.packument(name, { cache, fullMetadata: true }).then(past))
  }
  return documents.get(name)
}

async function answer (req, res) {
  const asked = decodeURIComponent(new URL(req.url, base).pathname.slice(1))
  const [name, file] = asked.split('/-/')
  if (file) {
    const version = file.slice(path.posix.basename(name).length + 1, -'.tgz'.length)
    res.end(await pacote.tarball(`${name}@${version}`, { cache }))
    return
  }
  const doc = structuredClone(await document(name))
  for (const [version, manifest] of Object.entries(doc.versions)) {
    manifest.dist.tarball = `${base}${name}/-/${path.posix.basename(name)}-${version}.tgz`
  }
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify(doc))
}

let base
const server = http.createServer((req, res) => {
  if (req.method !== 'GET') {
    res.statusCode = 405
    res.end()
    return
  }
  answer(req, res).catch(err => {
    console.error(err)
    res.statusCode = err.statusCode ?? (err.code === 'E404' ? 404 : 500)
    res.end('{}')
  })
})
server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}/`
  console.log(base)
})
