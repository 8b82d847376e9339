/**
 * The other end of a child: a local CloudWatch that can go away and come back at the same port. What any of
 * them applied counts.
 */

import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { seriesOfDatum, tallyOf } from './tally.mjs'

// Below the ports that Linux gives to outgoing connections: nobody takes one while CloudWatch is away.
const FIRST_PORT = 20_000
const PORTS = 10_000

/**
 * How far the time of a datum may be from the time of its arrival, both by the clock of CloudWatch: a datum carries the
 * start of its minute, and a run takes less than three.
 */
const MOST_OFF_MS = 5 * 60_000

/** The datums of a request, with its namespace each. */
const datumsOf = ({ input: { Namespace, MetricData } }) =>
  MetricData.map((datum) => ({ Namespace, ...datum }))

async function startAnywhere(options) {
  for (;;) {
    try {
      const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
      return await startLocalCloudWatch({ port, ...options })
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
    }
  }
}

/**
 * @param {{ tls?: import('node:tls').TlsOptions, clockMs?: number }} [options] `clockMs`: how far its clock is ahead
 */
export async function openBed({ tls, clockMs = 0 } = {}) {
  const now = () => Date.now() + clockMs
  let open = await startAnywhere({ tls, now })
  const port = Number(new URL(open.endpoint).port)
  const all = [open]
  const spoiled = new Set()
  let met = 0
  const requests = () => all.flatMap((cloudwatch) => cloudwatch.requests)
  const datums = (isWanted = () => true) =>
    requests().flatMap((it) => (it.applied && isWanted(it) ? datumsOf(it) : []))
  const applied = (isWanted) => tallyOf(datums(isWanted))
  return {
    endpoint: open.endpoint,

    /**
     * @param {import('@sim/local-cloudwatch/faults').Fault | import('@sim/local-cloudwatch/faults').FaultPlan} [plan] none: ends it
     * @param {{ spoilsAnswers?: boolean }} [options] whether what is applied under it is not told
     */
    setFault(plan, { spoilsAnswers = false } = {}) {
      open.setFault((index, request) => {
        const fault = typeof plan === 'function' ? plan(index, request) : plan
        if (fault) met++
        if (fault && spoilsAnswers) spoiled.add(request)
        return fault
      })
    },

    /** Ends every connection; new ones are refused. */
    goAway: () => open.close(),

    /** Listens again, without a fault. */
    async comeBack(options) {
      open = await startLocalCloudWatch({ port, now, ...options })
      all.push(open)
    },

    /** How many requests came. */
    received: () => requests().length,
    /** How many requests were refused. */
    refused: () => requests().filter(({ status }) => status >= 400).length,
    /** How many requests met a fault. */
    met: () => met,
    /** How many datums were applied whose time is not that of their arrival. */
    misstamped: () =>
      requests()
        .filter((request) => request.applied)
        .flatMap(({ receivedAt, input }) =>
          input.MetricData.filter(({ Timestamp }) => Math.abs(Timestamp - receivedAt) > MOST_OFF_MS)
        ).length,
    /** The series of which something was applied. */
    series: () => new Set(datums().map(seriesOfDatum)),
    /** What was applied, and the child was told so, unless CloudWatch went away just then. */
    arrived: () => applied((request) => !spoiled.has(request)),
    /** What was applied, and the child could not know. */
    arrivedUntold: () => applied((request) => spoiled.has(request)),
    close: () => open.close(),
  }
}
