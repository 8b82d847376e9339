// A CloudWatch that says yes, in a process of its own so that its work is not counted. While a load runs it
// only keeps the bodies; they are decoded when the parent asks for a report. On request it answers late, or refuses
// connections for a while. Beside it, a socket that counts what StatsD clients send.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { decode, identify, inflate, success } from '@sim/local-cloudwatch/protocol'

const HOST = '127.0.0.1'
const NEWLINE = 10

const sockets = new Set()
let received = []
let wireBytes = 0
let countedBefore = 0
let delayMs = 0
let lines = 0

const server = createServer((incoming, outgoing) => {
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', async () => {
    const { protocol, operation } = identify(incoming)
    const { 'content-type': contentType, 'content-encoding': encoding } = incoming.headers
    received.push({ protocol, operation, contentType, encoding, chunks })
    if (delayMs > 0) await sleep(delayMs)
    const { status, headers, body } = success(protocol, undefined)
    outgoing.writeHead(status, { ...headers, 'content-length': body.length }).end(body)
  })
})

// The senders decide when an idle connection ends.
server.keepAliveTimeout = 0

server.on('connection', (socket) => {
  sockets.add(socket)
  socket.once('close', () => {
    sockets.delete(socket)
    wireBytes += socket.bytesRead
  })
})

const statsd = createSocket('udp4')
statsd.on('message', (message) => {
  lines++
  for (const byte of message) if (byte === NEWLINE) lines++
})

/** All bytes that came in so far: request lines, headers and bodies. */
function bytesIn() {
  return [...sockets].reduce((sum, socket) => sum + socket.bytesRead, wireBytes)
}

function report() {
  const totals = {}
  let datums = 0
  for (const { protocol, operation, contentType, encoding, chunks } of received) {
    const raw = inflate(Buffer.concat(chunks), encoding)
    for (const datum of decode(protocol, operation, contentType, raw).MetricData) {
      datums++
      const values = datum.Values ?? [datum.Value]
      totals[datum.MetricName] ??= { points: 0, sum: 0 }
      const total = totals[datum.MetricName]
      values.forEach((value, index) => {
        const count = datum.Counts?.[index] ?? 1
        total.points += count
        total.sum += count * value
      })
    }
  }
  return { requests: received.length, wireBytes: bytesIn() - countedBefore, datums, totals, lines }
}

const { port } = await listen(0)
statsd.bind(0, HOST)
await once(statsd, 'listening')

async function listen(port) {
  server.listen(port, HOST)
  await once(server, 'listening')
  return server.address()
}

const COMMANDS = {
  reset() {
    received = []
    lines = 0
    countedBefore = bytesIn()
  },
  report,
  delay(ms) {
    delayMs = ms
  },
  /** What was asked before is answered; then nobody listens any more, so that connecting fails. */
  async refuse() {
    const closed = new Promise((resolve) => server.close(resolve))
    const timer = setInterval(() => server.closeIdleConnections(), 1)
    await closed
    clearInterval(timer)
  },
  accept: () => listen(port),
}

process.on('message', async ({ command, value }) => {
  process.send((await COMMANDS[command](value)) ?? {})
})
// The parent is gone, or wants no more.
process.once('disconnect', () => process.exit())

process.send({ endpoint: `http://${HOST}:${port}`, statsdPort: statsd.address().port })
