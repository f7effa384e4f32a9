// Prints the documents that the projects are resolved against, one a line, cut
// to what an installer reads:
//
//   node trim.js PACOTE CACHE NAMES LOCKS
//
// Of each package in the file NAMES they have the versions that some lockfile
// under the folder LOCKS names, and newer ones, which an importer must not take.
const fs = require('node:fs')
const path = require('node:path')
const [pacoteFolder, cache, namesFile, locks] = process.argv.slice(2)
const pacote = require(pacoteFolder)
const semver = require(require.resolve('semver', { paths: [pacoteFolder] }))

const texts = fs.readdirSync(locks, { recursive: true, withFileTypes: true })
  .filter(f => f.isFile()).map(f => fs.readFileSync(path.join(f.parentPath ?? f.path, f.name), 'utf8'))
const locked = new Set()
for (const text of texts) {
  for (const [, name, version] of text.matchAll(/((?:@[\w.-]+\/)?[\w.-]+)@(?:npm:)?(\d+\.\d+\.\d+[\w.+-]*)/g)) {
    locked.add(`${name}@${version}`)
  }
  for (const [, name, version] of text.matchAll(/\/((?:@[\w.-]+\/)?[\w.-]+)\/-\/[\w.-]+?-(\d+\.\d+\.\d+[\w.+-]*)\.tgz/g)) {
    locked.add(`${name}@${version}`)
  }
}

const fields = ['name', 'version', 'dependencies', 'optionalDependencies', 'peerDependencies', 'peerDependenciesMeta',
  'bundleDependencies', 'bundledDependencies', 'bin', 'engines', 'os', 'cpu', 'libc', 'hasInstallScript']

function trim (doc) {
  const versions = {}
  const all = Object.keys(doc.versions)
  const keep = new Set(all.filter(v => locked.has(`${doc.name}@${v}`)))
  for (const v of [...keep]) {
    keep.add(semver.maxSatisfying(all, `^${semver.major(v)}`) ?? v)
  }
  keep.add(doc['dist-tags'].latest)
  for (const v of keep) {
    const manifest = doc.versions[v]
    versions[v] = Object.fromEntries(fields.filter(f => manifest[f] !== undefined).map(f => [f, manifest[f]]))
    versions[v].dist = { integrity: manifest.dist.integrity, shasum: manifest.dist.shasum }
  }
  return { name: doc.name, 'dist-tags': { latest: doc['dist-tags'].latest }, versions }
}

async function main () {
  const names = [...new Set(fs.readFileSync(namesFile, 'utf8').split('\n').filter(Boolean))].sort()
  for (const name of names) {
    try {
      console.log(JSON.stringify(trim(await pacote.packument(name, { cache, fullMetadata: false, preferOffline: true }))))
    } catch (err) {
      if (err.code !== 'E404') { // a workspace's name
        throw err
      }
    }
  }
}
main()
