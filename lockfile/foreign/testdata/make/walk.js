// Prints which package each dependency of an installed project leads to, found
// as Node finds it and without a look at any lockfile:
//
//   node walk.js PROJECT > edges
//
// One line a dependency: what depends (a folder of the project, or
// name@version), the name depended on, the kind, name@version or the folder
// that it leads to. What is not installed on this machine has no line.
const fs = require('node:fs')
const path = require('node:path')
const project = fs.realpathSync(process.argv[2])

const read = dir => JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8'))
const isFolder = dir => !path.relative(project, dir).split(path.sep).includes('node_modules')

function id (dir) {
  if (isFolder(dir)) {
    return path.relative(project, dir) || '.'
  }
  const { name, version } = read(dir)
  return `${name}@${version}`
}

function find (dir, name) {
  for (let at = dir; ; at = path.dirname(at)) {
    const there = path.join(at, 'node_modules', name)
    if (path.basename(at) !== 'node_modules' && fs.existsSync(path.join(there, 'package.json'))) {
      return fs.realpathSync(there)
    }
    if (at === project || at === path.dirname(at)) {
      return null
    }
  }
}

function kinds (manifest, isProject) {
  const found = new Map()
  const groups = { peer: 'peerDependencies', prod: 'dependencies', optional: 'optionalDependencies' }
  if (isProject) {
    groups.dev = 'devDependencies'
  }
  for (const [kind, group] of Object.entries(groups)) {
    for (const name of Object.keys(manifest[group] ?? {})) {
      found.set(name, kind)
    }
  }
  return found
}

const folders = [project]
for (const glob of read(project).workspaces ?? []) {
  const parent = path.join(project, path.dirname(glob))
  folders.push(...fs.readdirSync(parent).map(name => path.join(parent, name)))
}
const lines = new Set()
const seen = new Set(folders)
const queue = [...folders]
for (const dir of queue) {
  const manifest = read(dir)
  const bundled = manifest.bundleDependencies ?? manifest.bundledDependencies ?? []
  for (const [name, kind] of kinds(manifest, isFolder(dir))) {
    const to = bundled === true || bundled.includes?.(name) ? null : find(dir, name)
    if (!to) {
      continue
    }
    lines.add([id(dir), name, kind, id(to)].join('\t'))
    if (!seen.has(to)) {
      seen.add(to)
      queue.push(to)
    }
  }
}
process.stdout.write([...lines].sort().join('\n') + '\n')
