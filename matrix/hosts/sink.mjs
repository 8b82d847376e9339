// A server on loopback that takes whatever tracers send.

import { once } from 'node:events'
import { createServer } from 'node:http'

export async function startSink() {
  const paths = []
  const server = createServer((request, response) => {
    paths.push(request.url)
    request
      .resume()
      .on('end', () => response.setHeader('Content-Type', 'application/json').end('{}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    /** Those of all requests. */
    paths,
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
