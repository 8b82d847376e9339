/**
 * A strict forward proxy on loopback. It takes CONNECT and passes bytes between both ends. Whatever name is asked for,
 * it connects to one server on loopback.
 */

import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'

export interface Tunnel {
  /** `host:port` as asked for. */
  authority: string
  /** `Proxy-Authorization` as sent. */
  authorization: string | undefined
}

/**
 * What the proxy does with a CONNECT: `pass` it on, refuse it with a status, `hang` without an answer, answer
 * `garbage` that is not HTTP, or `end` the connection. A function is given the socket, and does anything else.
 */
export type Behaviour = 'pass' | 407 | 502 | 'hang' | 'garbage' | 'end' | ((socket: Duplex) => void)

export interface LocalProxy extends AsyncDisposable {
  url: string
  /** Every CONNECT, in order. */
  tunnels: Tunnel[]
  /** Every other request, as `METHOD target`. Each is refused with 405. */
  others: string[]
  /** Default `pass`. */
  setBehaviour(behaviour: Behaviour): void
  /** Waits for a condition. The condition is checked after each CONNECT. Rejects when the proxy closes first. */
  until(isMet: () => boolean): Promise<void>
  /** Stops the proxy and destroys the open sockets. */
  close(): Promise<void>
}

export function startLocalProxy(options: {
  /** The endpoint on 127.0.0.1 that every tunnel leads to. */
  target: string
  /** Certificate and key of the proxy itself. Default: no TLS. */
  tls?: TlsOptions | undefined
  /** `user:password`; a CONNECT without them is refused with 407. Default: none may be sent. */
  credentials?: string | undefined
}): Promise<LocalProxy>
