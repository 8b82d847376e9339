// A CloudWatch that says yes, in a process of its own so that its work is not counted. While a load runs it
// only keeps the bodies; they are decoded when the parent asks for a report.

import { createServer } from 'node:http'
import { decode, identify, inflate, success } from '../local/protocol.mjs'

const sockets = new Set()
let received = []
let wireBytes = 0
let countedBefore = 0

const server = createServer((incoming, outgoing) => {
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', () => {
    const { protocol, operation } = identify(incoming)
    const { 'content-type': contentType, 'content-encoding': encoding } = incoming.headers
    received.push({ protocol, operation, contentType, encoding, chunks })
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

/** All bytes that came in so far: request lines, headers and bodies. */
function bytesIn() {
  return [...sockets].reduce((sum, socket) => sum + socket.bytesRead, wireBytes)
}

function reset() {
  received = []
  countedBefore = bytesIn()
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
  return { requests: received.length, wireBytes: bytesIn() - countedBefore, datums, totals }
}

process.on('message', (question) => {
  if (question === 'reset') reset()
  process.send(question === 'report' ? report() : {})
})
// The parent is gone, or wants no more.
process.once('disconnect', () => process.exit())

server.listen(0, '127.0.0.1', () => {
  process.send({ endpoint: `http://127.0.0.1:${server.address().port}` })
})
