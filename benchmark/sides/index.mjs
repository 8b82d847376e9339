// What is compared, behind one shape. Nothing is imported before a side is opened: importing is measured too.

/**
 * @typedef {object} Side
 * @property {typeof import('../../index.js').hostedKeyMetrics} metrics
 * @property {() => Promise<void>} flush
 * @property {() => Promise<void> | void} makeRoom to be called at times by a producer that never pauses
 * @property {() => number} dropped records lost so far
 */

import { nativeSide } from './native.mjs'

const doNothing = () => {}

/** For what holds everything in memory, or nothing at all. */
const undelivered = (metrics) => ({
  metrics,
  flush: async () => {},
  makeRoom: doNothing,
  dropped: () => 0,
})

const SIDES = {
  native: async () => nativeSide(await import('../../index.js')),
  peer: async () => (await import('./peer.mjs')).open(),
  'prom-client': async () => undelivered((await import('./prom-client.mjs')).hostedKeyMetrics),
  opentelemetry: async () => undelivered((await import('./opentelemetry.mjs')).hostedKeyMetrics),
  'hot-shots': async () => (await import('./hot-shots.mjs')).open(),
  'hot-shots, buffered': async () => (await import('./hot-shots.mjs')).open({ isBuffered: true }),
  /** The loop, the pacing and the arguments of each call, without anything recorded. */
  nothing: async () => undelivered((await import('./nothing.mjs')).hostedKeyMetrics),
  'look-up': async () => undelivered((await import('./floor.mjs')).lookUpOnly()),
  store: async () => undelivered((await import('./floor.mjs')).storeOnly()),
  floor: async () => undelivered((await import('./floor.mjs')).lookUpAndStore()),
  'native call': async () => undelivered((await import('./native-call.mjs')).hostedKeyMetrics),
}

/** The sides that send what they record to CloudWatch. */
export const DELIVERING = ['native', 'peer']

/**
 * @param {string} name
 * @returns {Promise<Side>}
 */
export function open(name) {
  return SIDES[name]()
}
