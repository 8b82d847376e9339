// `examples/next-app`, or a copy of it: the standalone server, which Next.js builds with Turbopack, and the dev server.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { appliedRecords, environment, start } from '../../testkit/harness.mjs'

/** Its project is a monorepo. */
export const EXAMPLE = new URL('../../examples/next-app/', import.meta.url)
const webOf = (project) => new URL('apps/web/', project)
const STANDALONE = '.next/standalone/'
const PROVIDERS = ['openai', 'anthropic', 'exa']
/** Each call is used, charged, and waited for. */
const RECORDS_PER_CALL = 3

const variables = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }

/** The command of Next.js, wherever the package manager put it. */
const nextOf = (web) => createRequire(new URL('package.json', web)).resolve('next/dist/bin/next')

/**
 * Next.js takes its own time for it.
 *
 * @param {URL} project
 * @param {string} node
 * @returns {URL} the folder of what it built
 */
export function build(project, node) {
  const web = webOf(project)
  execFileSync(node, [nextOf(web), 'build'], {
    cwd: web,
    env: environment('http://127.0.0.1:9', variables),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const standalone = new URL(STANDALONE, web)
  const files = readdirSync(standalone, { recursive: true })
  assert.ok(
    files.some((file) => /hkm-native\.[^/]+\.node$/.test(file)),
    'the standalone output has no binary'
  )
  // As its documentation says: static files are for the user to copy.
  const copied = new URL('.next/static', webOf(standalone))
  cpSync(new URL('.next/static', web), copied, { recursive: true })
  return standalone
}

/** How the server of a standalone output is started. */
const standaloneServer = (folder) => (port) => ({
  program: new URL('server.js', webOf(folder)),
  env: { PORT: port, HOSTNAME: '127.0.0.1' },
})

const devServer = (project) => (port) => ({
  program: pathToFileURL(nextOf(webOf(project))),
  args: ['dev', '--hostname', '127.0.0.1', '--port', port],
  cwd: fileURLToPath(webOf(project)),
  // By default, the dev server kills the process that serves 100 ms after it has passed on a signal.
  env: { NODE_ENV: 'development', NEXT_EXIT_TIMEOUT_MS: '10000' },
})

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Starts the server, with no credentials in its environment: the app gets them from elsewhere. */
async function serve(server, { runtime, cloudwatch }, extra) {
  const port = String(await freePort())
  const { program, env, ...options } = server(port)
  const { child, ended } = start(program, {
    runtime: runtime.command,
    env: environment(cloudwatch.endpoint, { ...variables, ...env, ...extra }),
    // The dev server has a child.
    isGroup: true,
    ...options,
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
    kill() {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch (error) {
        if (error.code !== 'ESRCH') throw error
      }
    },
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
async function endWithoutMetrics(command, given) {
  const server = await serve(command, given, { HKM_ENABLED: 'false' })
  try {
    for await (const _step of visit(server));
    return await server.terminate()
  } finally {
    server.kill()
  }
}

async function* visited(command, given) {
  const { cloudwatch } = given
  const own = await endWithoutMetrics(command, given)
  assert.deepEqual(cloudwatch.requests, [])

  const server = await serve(command, given)
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

/**
 * @param {URL} folder what `build` returned, or where that was moved to
 * @returns {import('../hosts.mjs').Host}
 */
export const standalone = (folder) => (given) => visited(standaloneServer(folder), given)

/** @type {import('../hosts.mjs').Host} */
export const dev = (given) => visited(devServer(EXAMPLE), given)

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
