// One run of the benchmark: what it runs on, what it has measured so far, and what went wrong.

import { shortfalls } from './delivery.mjs'
import { JUDGED } from './plan.mjs'
import { measure, runToItsEnd, startSink } from './processes.mjs'
import { DELIVERING } from './sides/index.mjs'

export class Bench {
  /** One measurement each: what was measured, where, in which round. */
  samples = []
  /** @type {string[]} */
  problems = []

  #sink

  /** @param {{ runtimes: import('./processes.mjs').Runtime[], plan: object }} options */
  constructor({ runtimes, plan }) {
    this.runtimes = runtimes
    this.plan = plan
  }

  /**
   * Calls `turn` for each side in each round on each runtime: the sides alternate, so that a slow minute of the machine
   * meets all of them.
   */
  async alternate(group, sides, turn) {
    const [judged, others] = this.plan[group].rounds
    const roundsOf = ({ name }) => (name === JUDGED ? judged : others)
    for (let round = 1; round <= Math.max(judged, others); round++) {
      for (const runtime of this.runtimes) {
        if (round > roundsOf(runtime)) continue
        process.stderr.write(`${group}, ${runtime.name}, round ${round} of ${roundsOf(runtime)}\n`)
        for (const side of sides) await turn({ runtime, side, round })
      }
    }
  }

  /**
   * Measures a figure and keeps it. A delivering side has to deliver everything, unless `mayDrop`.
   *
   * @param {object} what `group`, `runtime`, `round` and the task; see `processes.mjs` for the options
   */
  async measure({ group, runtime, round, ...task }, { mayDrop, sink, ...options } = {}) {
    try {
      const own = sink ?? (await this.#shared())
      const { expected, received, ...measured } = await measure(own, runtime, task, options)
      if (DELIVERING.includes(task.side)) {
        const all = { ...measured, expected, received }
        for (const problem of shortfalls(all, { mayDrop })) this.#complain(group, task, problem)
      }
      const { totals, ...counts } = received
      const points = Object.values(totals).reduce((sum, { points }) => sum + points, 0)
      this.#keep({ group, runtime, round, task }, { ...measured, ...counts, points })
    } catch (error) {
      this.#complain(group, task, `${runtime.name}: ${error.message}`)
    }
  }

  /** How long a process takes to end. All that it recorded has to arrive, but for a side without metrics. */
  async end({ group, runtime, round, ...task }, { env, records, series, delay }) {
    try {
      await this.#shared()
      await this.#sink.ask('delay', delay)
      await this.#sink.ask('reset')
      const args = [task.side === 'off' ? 'native' : task.side, task.ending, records, series]
      const { code, signal, wall, after } = await runToItsEnd(this.#sink, runtime, args, env)
      const { totals, requests } = await this.#sink.ask('report')
      const points = Object.values(totals).reduce((sum, { points }) => sum + points, 0)
      const expected = task.side === 'off' ? 0 : records
      if (points !== expected) this.#complain(group, task, `${points} of ${expected} arrived`)
      const ended = signal ?? code
      if (ended !== (task.ending === 'SIGTERM' ? 'SIGTERM' : 0)) {
        this.#complain(group, task, `${runtime.name}: ended by ${ended}`)
      }
      this.#keep({ group, runtime, round, task }, { wall, after, requests })
    } catch (error) {
      this.#complain(group, task, `${runtime.name}: ${error.message}`)
    } finally {
      await this.#sink.ask('delay', 0)
    }
  }

  /** The sink of all that is measured one after the other. */
  async #shared() {
    this.#sink ??= await startSink()
    return this.#sink
  }

  async stop() {
    await this.#sink?.stop()
  }

  #keep({ group, runtime, round, task }, measured) {
    this.samples.push({ group, runtime: runtime.name, round, ...task, ...measured })
  }

  #complain(group, task, problem) {
    const { figure, loads, ...what } = task
    const text = `${group}, ${Object.values(what).join(', ')}: ${problem}`
    process.stderr.write(`${text}\n`)
    this.problems.push(text)
  }
}
