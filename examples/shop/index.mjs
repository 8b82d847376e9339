/**
 * A shop: an HTTP server, a queue of orders, and a worker thread that packs them. All of them record metrics of the shop's own
 * definitions; see `metrics.mjs`.
 *
 *   PORT=8080 node index.mjs
 */

import { createServer } from 'node:http'
import { web } from './metrics.mjs'
import { close } from './queue.mjs'
import { routeOf } from './routes.mjs'

const server = createServer(async (request, response) => {
  const { route, answer } = routeOf(request)
  const stop = web.requestDuration.startTimer({ route })
  response.once('close', () => {
    stop()
    web.requests.add(1, { route, status: `${Math.floor(response.statusCode / 100)}xx` })
  })
  try {
    const [status, body] = await answer(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
})

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`)
})

// Requests are answered first, and then orders are packed. Nothing is left to do after that, so the process ends, and the
// package flushes.
process.once('SIGTERM', () => {
  server.close(close)
  server.closeIdleConnections()
})
