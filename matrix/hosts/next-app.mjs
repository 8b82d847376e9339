// The standalone server of `examples/next-app`, which Next.js builds with Turbopack.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { createServer } from 'node:net'
import { appliedRecords, environment, start } from '../../testkit/harness.mjs'

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
async function serve(runtime, cloudwatch, extra) {
  const port = String(await freePort())
  const { child, ended } = start(new URL('server.js', SERVER), {
    runtime: runtime.command,
    env: environment(cloudwatch.endpoint, {
      ...variables,
      PORT: port,
      HOSTNAME: '127.0.0.1',
      ...extra,
    }),
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

/** What visitors do, in four steps. Gives what they were told, and what they have called so far. */
async function* visit(server) {
  const calls = []
  const call = () => {
    const input = { provider: PROVIDERS[calls.length % PROVIDERS.length], tool: 'chat' }
    calls.push(input)
    return server.post('/api/complete', input)
  }
  yield { told: await call(), calls }
  await Promise.all(Array.from({ length: 49 }, call))
  yield { told: await server.text('/status'), calls }
  yield { told: await server.post('/api/flush'), calls }
  await Promise.all(Array.from({ length: 20 }, call))
  yield { told: await server.text('/'), calls }
}

/** How the server ends when the same is done and nothing recorded. */
async function endWithoutMetrics(runtime, cloudwatch) {
  const server = await serve(runtime, cloudwatch, { HKM_ENABLED: 'false' })
  for await (const _step of visit(server));
  return server.terminate()
}

/** @type {import('../hosts.mjs').Host} */
export async function* nextApp({ runtime, cloudwatch }) {
  const own = await endWithoutMetrics(runtime, cloudwatch)
  assert.deepEqual(cloudwatch.requests, [])

  const server = await serve(runtime, cloudwatch)
  try {
    const steps = visit(server)
    const step = async () => (await steps.next()).value

    const first = await step()
    assert.equal(first.told.state, 'on')
    yield 'loads'

    const second = await step()
    const made = second.calls.length * RECORDS_PER_CALL
    assert.match(second.told, new RegExp(`on: ${made} recorded`))
    yield 'records'

    const { told, calls } = await step()
    const { recorded, applied } = told
    assert.deepEqual({ recorded, applied }, { recorded: made, applied: made })
    assert.deepEqual(appliedRecords(cloudwatch), expected(calls))
    yield 'flushes'

    assert.match((await step()).told, /Hosted keys/)
    const { code, signal, stderr } = await server.terminate()
    assert.deepEqual(
      { code, signal, stderr },
      { code: own.code, signal: own.signal, stderr: own.stderr }
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
