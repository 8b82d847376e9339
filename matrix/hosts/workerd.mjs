// workerd, in which Cloudflare runs workers: a bundle that reaches the package gets its entry for the edge, in which recorders do
// nothing.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { environment } from '../../testkit/harness.mjs'

const LONGEST_MS = 60_000
const FOLDER = new URL('workerd/', import.meta.url)
const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', FOLDER), 'utf8'))

export const version = packages['node_modules/workerd'].version

/** Bundles the worker under the conditions that Wrangler sets. */
export function bundle() {
  const args = [
    ...['worker.mjs', '--bundle', '--format=esm', '--conditions=workerd,worker,browser'],
    ...['--outfile=node_modules/.built/worker.js', '--log-level=warning'],
  ]
  const esbuild = fileURLToPath(new URL('node_modules/esbuild/bin/esbuild', FOLDER))
  execFileSync(process.execPath, [esbuild, ...args], { cwd: FOLDER })
}

/** @type {import('../hosts.mjs').Host} */
export async function* workerd({ cloudwatch }) {
  // It tells the port of its socket there.
  const CONTROL = 3
  // Its package gives the path of the program.
  const { default: program } = createRequire(FOLDER)('workerd')
  const child = spawn(program, ['serve', `--control-fd=${CONTROL}`, 'config.capnp'], {
    cwd: FOLDER,
    env: environment(cloudwatch.endpoint),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
  })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const ended = once(child, 'exit')
  try {
    const { value } = await createInterface(child.stdio[CONTROL])[Symbol.asyncIterator]().next()
    if (value === undefined) throw new Error((await output).join(''))
    const { port } = JSON.parse(value)
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    const body = await answer.text()
    assert.equal(answer.status, 200, body)
    const { state, recorded, flush } = JSON.parse(body)
    assert.equal(state, 'off')
    yield 'loads'
    assert.equal(recorded, 0)
    yield 'records'
    assert.equal(flush.delivered, true)
    yield 'flushes'
  } finally {
    child.kill('SIGTERM')
    await ended
  }
  assert.deepEqual(await output, ['', ''])
  yield 'ends clean'
}
