/** The soak: one child records for minutes while faults come and go; then every record is accounted for. */

import { openBed } from './bed.mjs'
import { conduct } from './conduct.mjs'
import { judgeMemory } from './memory.mjs'
import { soakReport } from './soak-report.mjs'
import { recordedBy } from './tally.mjs'
import { judge } from './verdict.mjs'
import { changeFaults, WEATHER } from './weather.mjs'

/**
 * Calls of the main thread and of the worker: some, such as a cost of nothing, record nothing, so that 5,000
 * records a second are left.
 */
const RATE = { perSecond: 2_550, snapshotMs: 100 }
/** More deliveries, and so more of them spoiled, than at the default of half a minute. */
const OPTIONS = { flushIntervalMs: 1_000 }
/** A flush tries for ten seconds without the long backoff; between two of them there is that too. */
const FLUSH_MS = 15_000
/** How long what waits may take to be delivered after the last record, and a child that stalls. */
const GRACE_MS = 60_000
const MINUTE_MS = 60_000
const MB = 1_024 * 1_024

/**
 * @param {{ minutes: number, seed: number }} options
 * @returns {Promise<number>} the exit code
 */
export async function soak({ minutes, seed }) {
  console.log(`Seed ${seed}, ${minutes} minutes.`)
  const calls = Math.round(minutes * 60 * RATE.perSecond)
  const parts = [seed, seed + 1].map((partSeed) => ({ seed: partSeed, calls }))
  const bed = await openBed()
  const over = new AbortController()
  const samples = []
  const spells = new Map()
  let seconds
  const onSpell = (name) => spells.set(name, (spells.get(name) ?? 0) + 1)
  const faults = changeFaults(bed, { seed, minutes, signal: over.signal, onSpell })
  try {
    const told = await conduct(bed, {
      child: { parts, rate: RATE, flushMs: FLUSH_MS, options: OPTIONS },
      lifetimeMs: minutes * MINUTE_MS + GRACE_MS,
      order: 'deliver',
      async onMessage({ sample, recorded }) {
        if (sample) {
          samples.push(sample)
          if (samples.length % 60 === 0) showProgress(samples, bed)
        }
        if (!recorded) return
        seconds = recorded.seconds
        over.abort()
        await faults
      },
    })
    const { figures, problems } = judge(WEATHER, { recorded: recordedBy(parts), ...told })
    const memory = judgeMemory(samples, (figures.recorded / seconds) * 60)
    if (memory.verdict === 'GROWS') problems.push('the memory grows')
    console.log(soakReport({ figures, memory, seconds, spells, problems }))
    if (problems.length) process.stderr.write(`${told.end.stderr}\n`)
    return problems.length ? 1 : 0
  } finally {
    over.abort()
    await faults
    await bed.close()
  }
}

function showProgress(samples, bed) {
  const rss = Math.round(samples.at(-1).rss / MB)
  process.stderr.write(`minute ${samples.length / 60}: ${rss} MB, ${bed.received()} requests\n`)
}
