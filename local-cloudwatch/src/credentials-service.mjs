/**
 * What the services that hand out credentials have in common: they record who asked, and number the keys that they issue.
 */

import { randomUUID } from 'node:crypto'
import { startService } from './service.mjs'

/** How long a role's credentials are valid unless a test says otherwise, in milliseconds. */
const LIFETIME_MS = 6 * 3_600_000

/**
 * @param {object} service as for `startService`
 * @param {(request: import('./credentials.mjs').CredentialsRequest) => string} service.identify names the operation
 * @param {(request: import('./credentials.mjs').CredentialsRequest) => import('./protocol.mjs').Answer} service.answer
 */
export function startCredentialsService({ identify, answer, ...service }) {
  return startService({
    ...service,
    receive(incoming, body) {
      const request = recordOf(incoming, body)
      request.operation = identify(request)
      return { request, answer: () => answer(request) }
    },
  })
}

/** @returns {import('./credentials.mjs').CredentialsRequest} */
function recordOf({ method, url, headers }, body) {
  const { pathname: path, searchParams: query } = new URL(url, 'http://127.0.0.1')
  const outcome = { status: null, errorCode: undefined, receivedAt: new Date() }
  return { operation: '', method, path, query, headers, body: body.toString(), ...outcome }
}

export function issuer(service) {
  /** @type {import('./credentials.mjs').IssuedCredentials[]} */
  const issued = []
  let lifetimeMs = LIFETIME_MS
  return {
    issued,
    setLifetime(ms) {
      lifetimeMs = ms
    },
    issue() {
      const credentials = {
        accessKeyId: `ASIA${service}${issued.length + 1}`,
        secretAccessKey: `secret-${randomUUID()}`,
        sessionToken: `session-${randomUUID()}`,
        // All of the services answer with whole seconds.
        expiration: new Date(Math.floor((Date.now() + lifetimeMs) / 1_000) * 1_000),
      }
      issued.push(credentials)
      return credentials
    },
    secrets: () =>
      issued.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
  }
}

export const timestamp = (date) => date.toISOString().replace('.000Z', 'Z')

export const json = (status, value) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
})

export const plain = (status, text, headers = {}) => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: Buffer.from(text),
})
