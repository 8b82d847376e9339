// A road to a server on loopback that can be cut: the sockets on it are destroyed, and new ones are let through.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** @param {string} endpoint where it leads */
export async function road(endpoint) {
  const sockets = new Set()
  const { port } = new URL(endpoint)
  const server = createServer((near) => {
    const far = connect(Number(port), '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  function cut() {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    cut,
    close() {
      cut()
      server.close()
    },
  }
}
