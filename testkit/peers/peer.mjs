// A server on loopback below HTTP. A test decides what it does with a socket.

import { createServer } from 'node:net'

/**
 * @param {(socket: import('node:net').Socket) => void} meet given each socket
 * @returns {Promise<{ port: number, sockets: () => number, close: () => Promise<void> }>}
 */
export async function startPeer(meet) {
  const open = new Set()
  let sockets = 0
  const server = createServer((socket) => {
    sockets++
    open.add(socket)
    // A client that gives up resets the connection.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
    meet(socket)
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: server.address().port,
    sockets: () => sockets,
    close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      return closed
    },
  }
}

/** Waits for a whole HTTP request, whose length is its `content-length` if it has one, then calls `answer` with the socket. */
export const afterRequest = (answer) => (socket) => {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
    const head = text.indexOf('\r\n\r\n')
    const length = /^content-length: (\d+)\r$/im.exec(text)
    if (head === -1 || text.length < head + 4 + Number(length?.[1] ?? 0)) return
    text = ''
    answer(socket)
  })
}

/** A port on loopback that nobody listens at. */
export async function freePort() {
  const { port, close } = await startPeer(() => {})
  await close()
  return port
}
