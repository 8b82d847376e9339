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
 * @param {(message: object) => unknown} options.onMessage waited for before the next message is looked at
 * @returns {Promise<Omit<import('./verdict.mjs').Result, 'recorded'>>}
 */
export async function conduct(bed, { child: args, env, lifetimeMs, order, onMessage }) {
  const { child, ended } = start(CHILD, {
    env: environment(bed.endpoint, { ...CREDENTIALS, ...env }),
    args: [JSON.stringify(args)],
    longestMs: lifetimeMs,
  })
  try {
    let last
    for await (const [message] of on(child, 'message', { close: ['disconnect'] })) {
      last = message
      await onMessage(message)
      if (message.recorded) child.send(order)
    }
    const end = await ended
    if (!last?.stats) throw new Error(`the child ended early: ${JSON.stringify(end)}`)
    return {
      ...last,
      arrived: bed.arrived(),
      arrivedUntold: bed.arrivedUntold(),
      received: bed.received(),
      end,
    }
  } finally {
    child.kill('SIGKILL')
  }
}
