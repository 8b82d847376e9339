/**
 * The other end of a child: a local CloudWatch that can go away and come back at the same port. What any of
 * them applied counts.
 */

import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { tallyOf } from './tally.mjs'

// Below the ports that Linux gives to outgoing connections: nobody takes one while CloudWatch is away.
const FIRST_PORT = 20_000
const PORTS = 10_000

async function startAnywhere(tls) {
  for (;;) {
    try {
      const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
      return await startLocalCloudWatch({ port, tls })
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
    }
  }
}

/**
 * @param {{ tls?: import('node:tls').TlsOptions }} [options]
 */
export async function openBed({ tls } = {}) {
  let open = await startAnywhere(tls)
  const port = Number(new URL(open.endpoint).port)
  const all = [open]
  const spoiled = new Set()
  const requests = () => all.flatMap((cloudwatch) => cloudwatch.requests)
  const applied = (isWanted) =>
    tallyOf(requests().flatMap((it) => (it.applied && isWanted(it) ? it.input.MetricData : [])))
  return {
    endpoint: open.endpoint,

    /**
     * @param {import('@sim/local-cloudwatch/faults').Fault | import('@sim/local-cloudwatch/faults').FaultPlan} [plan] none: ends it
     * @param {{ spoilsAnswers?: boolean }} [options] whether what is applied under it is not told
     */
    setFault(plan, { spoilsAnswers = false } = {}) {
      open.setFault((index, request) => {
        const fault = typeof plan === 'function' ? plan(index, request) : plan
        if (fault && spoilsAnswers) spoiled.add(request)
        return fault
      })
    },

    /** Ends every connection; new ones are refused. */
    goAway: () => open.close(),

    /** Listens again, without a fault. */
    async comeBack(options) {
      open = await startLocalCloudWatch({ port, ...options })
      all.push(open)
    },

    /** How many requests came. */
    received: () => requests().length,
    /** What was applied, and the child was told so, unless CloudWatch went away just then. */
    arrived: () => applied((request) => !spoiled.has(request)),
    /** What was applied, and the child could not know. */
    arrivedUntold: () => applied((request) => spoiled.has(request)),
    close: () => open.close(),
  }
}
