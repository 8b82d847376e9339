// Plays with the simulation, in two processes at a time.

import { AT_A_TIME, run } from './program.mjs'

/** @typedef {{ strategy: string, intervalMs: number }} Way How processes decide when to send. */
/** @typedef {{ name: string, processes: number, seconds: number }} Scenario */
/** @typedef {Way & { scenario: Scenario, seed: number }} Play */

/** What the package did before it had a strategy. @type {Way} */
export const BEFORE = { strategy: 'full-jitter', intervalMs: 5_000 }

/** What the package does by default. @type {Way} */
export const NOW = { strategy: 'stretch', intervalMs: 30_000 }

/** @returns {Promise<{ scenarios: Scenario[], alone: Scenario[], strategies: string[] }>} what there is to play */
export async function catalog() {
  const { scenarios, alone, strategies } = await simulated()
  return { scenarios, strategies, alone: alone.map((each) => ({ ...each, processes: 1 })) }
}

/**
 * Plays all, the longest first.
 *
 * @param {Play[]} plays those that are equal are played once
 * @param {(play: Play, seconds: number) => void} tell is called after each
 * @returns {Promise<Map<Play, object>>} the figures of each
 */
export async function play(plays, tell) {
  const byOrder = new Map(plays.map((each) => [orderOf(each), each]))
  const waiting = [...byOrder].sort(([, a], [, b]) => costOf(b) - costOf(a))
  const played = new Map()
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [order, each] = next
      const began = performance.now()
      played.set(order, await simulated(JSON.parse(order)))
      tell(each, (performance.now() - began) / 1_000)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return new Map(plays.map((each) => [each, played.get(orderOf(each))]))
}

/** The argument of the program. */
function orderOf({ scenario, strategy, intervalMs, seed }) {
  const kind = scenario.processes === 1 ? 'alone' : 'scenarios'
  return JSON.stringify({ [kind]: [scenario.name], strategy, intervalMs, seed })
}

async function simulated(order) {
  const { status, result, told } = await run('fleet', order)
  if (status !== 0) throw new Error(`the simulation has failed: ${told}`)
  return result
}

/** Seconds of processes with few records. One with many series costs as much as thousands. */
const costOf = ({ scenario: { processes, records = 1, seconds } }) => processes * records * seconds
