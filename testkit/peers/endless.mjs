// A server on loopback that sends without end, until the client closes the connection.

import { afterRequest, startPeer } from './peer.mjs'

/** The bytes after which it stops, so that a client without a limit fails its test and not the machine. */
const MOST_BYTES = 300e6

/** What a client may take in: its own limit, and the buffers of both sockets. */
export const BOUNDED_BYTES = 16e6

/**
 * @param {string} head what it sends first
 * @param {Buffer | string} part what it sends again and again after that
 * @returns {Promise<{ url: string, sent: () => number, closed: () => Promise<void>, close: () => Promise<void> }>}
 *   `sent` gives the most bytes that went into a connection, and `closed` waits until each client has closed its own
 */
export async function startEndless(head, part) {
  const full = []
  const closings = []
  const peer = await startPeer((socket) => {
    closings.push(new Promise((resolve) => socket.once('close', resolve)))
    afterRequest(() => {
      socket.write(head)
      const block = Buffer.concat(Array(Math.ceil(65_536 / part.length)).fill(Buffer.from(part)))
      const send = () => {
        while (socket.writable && socket.bytesWritten < MOST_BYTES) if (!socket.write(block)) return
        socket.destroy()
      }
      socket.on('drain', send)
      socket.once('close', () => full.push(socket.bytesWritten - socket.writableLength))
      send()
    })(socket)
  })
  return {
    url: `http://127.0.0.1:${peer.port}`,
    sent: () => Math.max(0, ...full),
    async closed() {
      await Promise.all(closings)
    },
    close: peer.close,
  }
}
