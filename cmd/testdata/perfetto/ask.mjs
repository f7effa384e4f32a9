// Asks Perfetto's trace processor, the WebAssembly that its page runs in a worker,
// about a trace: node ask.mjs PROCESSOR TRACE QUERY... prints the rows of each query
// as a line of JSON.
import {readFileSync} from 'node:fs'
import {setTimeout} from 'node:timers/promises'
import {pathToFileURL} from 'node:url'
import {runInThisContext} from 'node:vm'

const [dir, trace, ...queries] = process.argv.slice(2)
const {EngineBase} = await import(pathToFileURL(dir + '/engine.mjs'))

// The worker that the bundle believes to be in: it fetches its WebAssembly by XHR,
// of two builds the one for 32 bits, the only one that is here.
globalThis.self = globalThis
globalThis.WorkerGlobalScope = class {}
globalThis.location = {href: 'http://worker.example/'}
globalThis.XMLHttpRequest = class {
  open(_, url) { this.file = dir + '/' + url.split('/').pop() }
  send() { this.response = new Uint8Array(readFileSync(this.file)).buffer }
}
const Module = WebAssembly.Module
WebAssembly.Module = function (bytes) {
  if (bytes.byteLength === 23) throw new WebAssembly.CompileError('no 64 bits') // which is all that it looks for
  return new Module(bytes)
}
runInThisContext(readFileSync(dir + '/engine_bundle.node.js', 'utf8'))

class Engine extends EngineBase {
  mode = 'WASM'
  id = 'ipnpm'
  constructor(port) {
    super()
    this.port = port
    port.onmessage = ({data}) => this.onRpcResponseBytes(data)
  }
  rpcSendRequestBytes(data) { this.port.postMessage(data) }
}

const {port1, port2} = new MessageChannel()
self.onmessage({data: port1})
await setTimeout(100) // the WebAssembly is there, but what waits for it comes later
const engine = new Engine(port2)
await engine.parse(new Uint8Array(readFileSync(trace)))
await engine.notifyEof()
for (const query of queries) {
  const result = await engine.query(query)
  const rows = []
  for (const it = result.iter({}); it.valid(); it.next()) {
    rows.push(Object.fromEntries(result.columns().map(c => [c, typeof it.get(c) === 'bigint' ? Number(it.get(c)) : it.get(c)])))
  }
  console.log(JSON.stringify(rows))
}
process.exit()
