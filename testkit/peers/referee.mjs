/**
 * An independent CloudWatch to compare with: the emulator ministack, in a Python virtual environment under `.venv/`. It
 * computes statistics, and enforces none of CloudWatch's limits.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './peer.mjs'

/** Without cbor2, ministack accepts the requests of the AWS SDK for Rust and stores nothing. */
const PACKAGES = { ministack: '1.5.33', cbor2: '6.3.0' }

const VENV = fileURLToPath(new URL('../../.venv/', import.meta.url))
const PYTHON = `${VENV}bin/python`

const INSTALL_TIMEOUT_MS = 300_000
const START_TIMEOUT_MS = 60_000
const ASK_AGAIN_MS = 100
const STOP_TIMEOUT_MS = 5_000

/** Ends when its standard input closes, so that it never outlives this process. */
const PROGRAM = `
import os, signal, sys, threading
import ministack.app
def end_with_input():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_input, daemon=True).start()
ministack.app.main()
`

const exec = promisify(execFile)

/**
 * Starts ministack, after installing it if it is not there.
 *
 * @returns {Promise<{ endpoint: string, pid: number, stop: () => Promise<void> }>}
 */
export async function startReferee() {
  await install()
  const port = await freePort()
  const child = spawn(PYTHON, ['-c', PROGRAM], {
    env: {
      PATH: process.env.PATH,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      SERVICES: 'cloudwatch',
      LOG_LEVEL: 'WARNING',
      // Keeps it from the container daemon, at which it would clean up.
      DOCKER_HOST: 'unix:///nonexistent',
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text
  })
  const ended = once(child, 'close')

  async function stop() {
    child.kill()
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(late)
  }

  const endpoint = `http://127.0.0.1:${port}`
  try {
    const ending = ended.then(([code]) => Promise.reject(new Error(`it ended with code ${code}`)))
    await Promise.race([answering(endpoint), ending])
  } catch (error) {
    await stop()
    throw new Error(`ministack did not start: ${error.message}\n${log}`)
  }
  return { endpoint, pid: child.pid, stop }
}

async function install() {
  if (await isInstalled()) return
  const pinned = Object.entries(PACKAGES).map(([name, version]) => `${name}==${version}`)
  await exec('python3', ['-m', 'venv', VENV], { timeout: INSTALL_TIMEOUT_MS })
  await exec(PYTHON, ['-m', 'pip', 'install', '--quiet', ...pinned], {
    timeout: INSTALL_TIMEOUT_MS,
  })
  if (!(await isInstalled())) throw new Error(`${pinned.join(' and ')} are not in ${VENV}`)
}

async function isInstalled() {
  const names = Object.keys(PACKAGES)
  const program = 'import importlib.metadata as m, sys; print(*map(m.version, sys.argv[1:]))'
  try {
    const { stdout } = await exec(PYTHON, ['-c', program, ...names])
    return stdout.trim() === Object.values(PACKAGES).join(' ')
  } catch {
    return false
  }
}

/** Resolves when ministack answers. */
async function answering(endpoint) {
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    try {
      const response = await fetch(`${endpoint}/_ministack/ready`, { signal: deadline })
      if (response.ok && (await response.json()).status === 'completed') return
    } catch (error) {
      if (deadline.aborted) throw error
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal: deadline })
  }
}

/**
 * Passes each request on to several endpoints, with the same bytes. Answers as the first endpoint that refuses it, or as
 * the first of all if none does.
 *
 * @param {string[]} endpoints
 * @returns {Promise<{ endpoint: string, answers: { endpoint: string, status: number, headers: Headers }[],
 *   close: () => Promise<void> }>}
 */
export async function startTee(endpoints) {
  const answers = []

  async function pass(incoming, outgoing) {
    const chunks = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { host, connection, 'content-length': length, ...headers } = incoming.headers
    const responses = await Promise.all(
      endpoints.map((endpoint) =>
        fetch(endpoint + incoming.url, { method: incoming.method, headers, body })
      )
    )
    responses.forEach(({ status, headers }, index) => {
      answers.push({ endpoint: endpoints[index], status, headers })
    })
    const chosen = responses.find((response) => !response.ok) ?? responses[0]
    outgoing.writeHead(chosen.status, Object.fromEntries(chosen.headers))
    outgoing.end(Buffer.from(await chosen.arrayBuffer()))
  }

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    answers,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
