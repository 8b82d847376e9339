// For a network and mount namespace: plays one column of a row of `dns/rows.mjs`, and sends the results to the parent.

import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
// Reads /etc/resolv.conf, before that is a pipe.
import 'node:dns'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { ROWS } from '../dns/rows.mjs'
import { startNameServer } from '../dns/server.mjs'

const [, , name, column] = process.argv
const row = ROWS.find((row) => row.name === name)
const endpoint = process.env.AWS_ENDPOINT_URL
const { port } = new URL(endpoint)

/** The time for an attempt of each column. A put of the package gives up after two seconds. */
const LIMIT_MS = 4_000

/**
 * The time for the C library where the package is expected not to reach CloudWatch: by default, two attempts of five seconds
 * at each of three servers. A row in which patience reaches it is wrong.
 */
const LIBC_PATIENCE_MS = 35_000

/** The time for further attempts of the package, in a row that needs them. */
const PATIENCE_MS = 15_000

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })

/** Adds an interface. Nothing answers behind it: packets to a neighbour are lost. */
function addInterface({ name, addresses, neighbours = [] }) {
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'far')
  ip('link', 'set', name, 'up')
  ip('link', 'set', 'far', 'up')
  for (const address of addresses) {
    ip('addr', 'add', address, 'dev', name, ...(address.includes(':') ? ['nodad'] : []))
  }
  for (const neighbour of neighbours) {
    ip('neigh', 'add', neighbour, 'lladdr', '02:00:00:00:00:01', 'dev', name)
  }
}

/** Writes a file of the system. `undefined` removes it. */
function write(path, contents) {
  rmSync(path, { recursive: true, force: true })
  if (contents === undefined) return
  if (contents === 'a folder') mkdirSync(path)
  else if (contents === 'a pipe') execFileSync('mkfifo', [path])
  else writeFileSync(path, contents)
}

/** Writes the files of a phase, and starts its servers. */
async function prepare({ resolvConf, hosts = '', mode, servers = {}, listen = ['127.0.0.1'] }) {
  write('/etc/resolv.conf', resolvConf)
  write('/etc/hosts', hosts)
  if (mode !== undefined) chmodSync('/etc/resolv.conf', mode)
  for (const [address, { reaction, ...options }] of Object.entries(servers)) {
    await startNameServer(address, reaction, options)
  }
  return Promise.all(listen.map((host) => startLocalCloudWatch({ host, port: Number(port) })))
}

const attempts = {
  async libc({ listen = ['127.0.0.1'], expected }) {
    const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '')
    const found = await new Promise((resolve) => {
      const timeout = expected === 'no' ? LIBC_PATIENCE_MS : LIMIT_MS
      const options = { timeout, killSignal: 'SIGKILL' }
      execFile('getent', ['ahosts', host], options, (_, stdout) => resolve(stdout))
    })
    // An IPv4 address is mapped if only IPv6 has an interface.
    const addresses = found.split('\n').map((line) => line.split(/\s/)[0].replace('::ffff:', ''))
    return listen.some((address) => addresses.includes(address)) ? 'yes' : 'no'
  },

  async node() {
    try {
      const { body } = await fetch(endpoint, { signal: AbortSignal.timeout(LIMIT_MS) })
      await body?.cancel()
      return 'yes'
    } catch {
      return 'no'
    }
  },

  async package({ isPatient = false }) {
    hkm ??= await import('../../index.js')
    const stats = () => hkm.hostedKeyMetricsStats()
    const { applied, retries } = stats()
    const end = performance.now() + (isPatient ? PATIENCE_MS : LIMIT_MS)
    hkm.hostedKeyMetrics.recordUsed({ provider: 'p' })
    while (stats().applied === applied) {
      hkm.flushHostedKeyMetrics()
      const isFailed = stats().retries > retries && !isPatient
      if (isFailed || performance.now() > end) return 'no'
      await sleep(10)
    }
    return stats().retries === retries ? 'yes' : 'later'
  },
}
let hkm

const warnings = []
const warn = console.warn
console.warn = (text, ...rest) => {
  warnings.push(text)
  warn(text, ...rest)
}

/** Waits for the warnings that are due: a failure is counted before its warning is written. */
async function untilWarned() {
  const due = [row.warning, results.includes('no') && /could not be reached/].filter(Boolean)
  const isWritten = (warning) => warnings.some((text) => text.search(warning) !== -1)
  const end = performance.now() + LIMIT_MS
  while (!due.every(isWritten) && performance.now() < end) await sleep(10)
}

if (row.interface) addInterface(row.interface)
const results = []
for (const phase of [
  row,
  ...(row.afterwards ? [{ ...row, servers: {}, ...row.afterwards }] : []),
]) {
  const cloudwatches = await prepare(phase)
  results.push(await attempts[column](phase))
  // The next phase needs new connections.
  await Promise.all(cloudwatches.map((cloudwatch) => cloudwatch.close()))
}
if (column === 'package') await untilWarned()
const error = hkm?.hostedKeyMetricsStats().lastError?.message
// Node would wait for the C library at its end.
process.send({ results, error }, () => process.kill(process.pid, 'SIGKILL'))
await new Promise(() => {})
