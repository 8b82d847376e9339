// Plays rows of `rows.mjs` with each client. Runs in a namespace of its own: all names and addresses are this machine, which
// has no other network. Servers note who is asked first, and answer nothing. The first argument is JSON: `rows` and `node`, the
// Node whose fetch is compared. Prints for each row where each client went, and the stats of the package if it went nowhere.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CREDENTIALS, LONGEST_MS } from '../harness.mjs'
import { isIsolated } from '../namespaces/isolation.mjs'

const NAMES = [
  ...['localhost', 'example.test', 'a.example.test', 'notexample.test', 'intranet'],
  'xn--bcher-kva.example',
]
/** A port is that of a proxy or of the host that a row asks for. */
const PORTS = {
  443: 'direct',
  8443: 'direct',
  80: 'proxy',
  1080: 'proxy',
  3128: 'proxy',
  3129: 'proxy',
}

const RECORDING = fileURLToPath(new URL('../programs/proxied.mjs', import.meta.url))
const FETCH = 'fetch(process.argv[1]).catch(() => {})'

const { rows, node } = JSON.parse(process.argv[2])
if (!isIsolated()) throw new Error('there is a network')

/** The command of each client for a URL, and its variables. */
const CLIENTS = [
  (url) => [
    process.execPath,
    [RECORDING],
    { ...CREDENTIALS, HKM_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: 'true', NODE_ENV: 'test' },
  ],
  (url) => [
    'curl',
    ['--silent', '--max-time', '5', '--insecure', '--output', '/dev/null', url],
    { LC_ALL: 'C.UTF-8' },
  ],
  (url) => [node, ['--eval', FETCH, url], { NODE_USE_ENV_PROXY: '1' }],
]

function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'hkm-proxies-'))
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, `127.0.0.1 ${NAMES.join(' ')}\n`)
  execFileSync('mount', ['--bind', hosts, '/etc/hosts'])
  execFileSync('ip', ['-6', 'addr', 'add', 'fd00::1/128', 'dev', 'lo', 'nodad'])
  return () => {
    execFileSync('umount', ['/etc/hosts'])
    rmSync(folder, { recursive: true })
  }
}

/** What the servers have seen since it was emptied. */
const seen = []
let child

async function listen(port, kind) {
  const server = createServer((socket) => {
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    socket.once('data', (text) => {
      seen.push(kind === 'direct' ? kind : `proxy:${port}${authorization(text)}`)
      socket.destroy()
      // Node's fetch would ask a proxy that gives no answer for ever.
      child.kill('SIGKILL')
    })
  })
  server.listen(port, '::')
  await once(server, 'listening')
  return server
}

function authorization(text) {
  const [, encoded] = /^proxy-authorization: basic (\S+)\r$/im.exec(text) ?? []
  return encoded === undefined ? '' : ` ${Buffer.from(encoded, 'base64')}`
}

/** Runs a client until it was somewhere, or to its end. Returns where it went first, and what it printed. */
async function play({ env, url }, client) {
  seen.length = 0
  const [command, args, own] = client(url)
  child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...own, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  const printed = child.stdout.setEncoding('utf8').toArray()
  await once(child, 'close')
  return { went: seen[0] ?? 'none', printed: (await printed).join('') }
}

const restore = prepare()
const servers = await Promise.all(Object.keys(PORTS).map((port) => listen(port, PORTS[port])))
const verdicts = []
for (const row of rows) {
  const found = []
  for (const client of CLIENTS) found.push(await play(row, client))
  const [{ went, printed }] = found
  const stats = went === 'none' ? JSON.parse(printed || '{}') : undefined
  verdicts.push({ went: found.map((one) => one.went), stats })
}
for (const server of servers) server.close()
restore()
console.log(JSON.stringify(verdicts))
