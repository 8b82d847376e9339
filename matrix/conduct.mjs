/** Starts the child that records, follows what it tells, and gathers what it told and what arrived. */

import { on } from 'node:events'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'

const CHILD = new URL('./child.mjs', import.meta.url).href

/**
 * @param {Awaited<ReturnType<typeof import('./bed.mjs').openBed>>} bed
 * @param {object} options
 * @param {object} options.child what to record, and how fast
 * @param {Record<string, string>} [options.env]
 * @param {number} options.lifetimeMs after which it is killed
 * @param {'deliver' | 'tell'} options.order what to do after the last record: wait until all is delivered, or not
 * @param {(message: object, child: import('node:child_process').ChildProcess) => unknown} options.onMessage waited for
 *   before the next message is looked at
 * @returns {Promise<Omit<import('./verdict.mjs').Result, 'recorded' | 'starved'>>}
 */
export async function conduct(bed, { child: args, env, lifetimeMs, order, onMessage }) {
  const { child, ended } = start(CHILD, {
    env: environment(bed.endpoint, { ...CREDENTIALS, ...env }),
    args: [JSON.stringify(args)],
    longestMs: lifetimeMs,
  })
  const observe = () => ({
    arrived: bed.arrived(),
    arrivedUntold: bed.arrivedUntold(),
    received: bed.received(),
    refused: bed.refused(),
    met: bed.met(),
    misstamped: bed.misstamped(),
  })
  try {
    let last
    let observed
    for await (const [message] of on(child, 'message', { close: ['disconnect'] })) {
      last = message
      await onMessage(message, child)
      if (!message.recorded) continue
      // A child that does not wait goes on sending while it tells, and after that.
      if (order === 'tell') observed = observe()
      child.send(order)
    }
    const end = await ended
    if (!last?.stats) throw new Error(`the child ended early: ${JSON.stringify(end)}`)
    return { ...last, ...(observed ?? observe()), end }
  } finally {
    child.kill('SIGKILL')
  }
}
