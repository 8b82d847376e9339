// The standalone server of `examples/next-app`, which Next.js builds with Turbopack.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { createServer } from 'node:net'
import { appliedRecords, environment, start } from '../../__test__/harness.mjs'

const APP = new URL('../../examples/next-app/', import.meta.url)
const WEB = new URL('apps/web/', APP)
const SERVER = new URL('.next/standalone/apps/web/', WEB)
const PROVIDERS = ['openai', 'anthropic', 'exa']
/** Each call is used, charged, and waited for. */
const RECORDS_PER_CALL = 3

const variables = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }

/** Next.js takes its own time for it. */
export function build() {
  const next = new URL('node_modules/next/dist/bin/next', APP)
  execFileSync(process.execPath, [decodeURIComponent(next.pathname), 'build'], {
    cwd: WEB,
    env: environment('http://127.0.0.1:9', variables),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // As its documentation says: static files are for the user to copy.
  cpSync(new URL('.next/static', WEB), new URL('.next/static', SERVER), { recursive: true })
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Starts the server, with no credentials in its environment: the app gets them from elsewhere. */
async function serve(runtime, cloudwatch) {
  const port = String(await freePort())
  const { child, ended } = start(new URL('server.js', SERVER), {
    runtime: runtime.command,
    env: environment(cloudwatch.endpoint, { ...variables, PORT: port, HOSTNAME: '127.0.0.1' }),
  })
  const address = `http://127.0.0.1:${port}`
  const ask = async (path, body) => {
    const answer = await fetch(`${address}${path}`, body && { method: 'POST', body })
    assert.equal(answer.status, 200, path)
    return answer
  }
  let isReady = false
  while (!isReady && child.exitCode === null) {
    isReady = await fetch(address).then(
      ({ ok }) => ok,
      () => false
    )
  }
  if (!isReady) throw new Error(`the server ended: ${JSON.stringify(await ended)}`)
  return {
    text: async (path) => (await ask(path)).text(),
    post: async (path, input = {}) => (await ask(path, JSON.stringify(input))).json(),
    terminate() {
      child.kill('SIGTERM')
      return ended
    },
    kill: () => child.kill('SIGKILL'),
  }
}

/** @type {import('../hosts.mjs').Host} */
export async function* nextApp({ runtime, cloudwatch }) {
  // How Next.js ends where nothing was ever recorded.
  const idle = await serve(runtime, cloudwatch)
  assert.match(await idle.text('/'), /Hosted keys/)
  const { code, signal, stderr } = await idle.terminate()

  const server = await serve(runtime, cloudwatch)
  try {
    const calls = []
    const call = () => {
      const input = { provider: PROVIDERS[calls.length % 3], tool: 'chat' }
      calls.push(input)
      return server.post('/api/complete', input)
    }
    const { state } = await call()
    assert.equal(state, 'on')
    yield 'loads'

    await Promise.all(Array.from({ length: 49 }, call))
    const made = calls.length * RECORDS_PER_CALL
    assert.match(await server.text('/status'), new RegExp(`on: ${made} recorded`))
    yield 'records'

    const { recorded, applied } = await server.post('/api/flush')
    assert.deepEqual({ recorded, applied }, { recorded: made, applied: made })
    assert.deepEqual(appliedRecords(cloudwatch), expected(calls))
    yield 'flushes'

    await Promise.all(Array.from({ length: 20 }, call))
    const end = await server.terminate()
    assert.deepEqual(
      { code: end.code, signal: end.signal, stderr: end.stderr },
      { code, signal, stderr }
    )
    assert.deepEqual(appliedRecords(cloudwatch), expected(calls))
    yield 'ends clean'
  } finally {
    server.kill()
  }
}

/** As text, like `appliedRecords`. The app names its environment after it has started. */
function expected(calls) {
  return calls
    .flatMap(({ provider, tool }) => {
      const at = `Environment=next-app,Provider=${provider}`
      return [
        `QueueWaitDuration Milliseconds {${at},Reason=actor_requests} 20`,
        `Used Count {${at},Tool=${tool},Key=${provider.toUpperCase()}_API_KEY_1} 1`,
        `CostCharged None {${at},Tool=${tool}} 0.0021`,
      ]
    })
    .sort()
}
