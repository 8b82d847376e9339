/**
 * Who may talk to a server with a page: programs on this machine, and the page itself. A web page of somebody else, which
 * is open in the same browser, may neither read it nor change it: not by a request of its own, and not by a name of its
 * own that it lets point to loopback ("DNS rebinding").
 */

/** `localhost` and names below it always mean this machine (RFC 6761, 6.3). */
const LOOPBACK = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i

/**
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @returns {string | undefined} why a request is refused
 */
export function strangerProblem({ host, origin }) {
  if (!isLoopback(`http://${host}`)) {
    return `The header Host must name this machine, as 127.0.0.1 does, and not ${host ?? 'nothing'}`
  }
  if (origin !== undefined && hostOf(origin) !== host) {
    return `A page of ${origin} may not talk to this CloudWatch`
  }
  return undefined
}

function isLoopback(url) {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return LOOPBACK.test(parsed?.hostname ?? '')
}

const hostOf = (origin) => (URL.canParse(origin) ? new URL(origin).host : undefined)
