// Records until it is killed. Its name and a seed are the arguments. After each burst it writes a line: how many bursts there were, and
// by its statistics, how many records CloudWatch may have twice and how many are in flight.

import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { counter, defineMetrics, metricsStats } from '../../index.js'
import { bursts } from '../spool/bursts.mjs'

const [name, seed] = process.argv.slice(2)

const { made } = defineMetrics({
  namespace: 'Test/Killed',
  metrics: { made: counter({ dimensions: ['process'], rollups: [[]] }) },
})

let ended = 0
for (const { value, size, pause } of bursts(Number(seed))) {
  for (let i = 0; i < size; i++) made.add(value, { process: name })
  ended += 1
  const { possiblyDuplicated, inFlight } = metricsStats()
  writeSync(1, `${ended} ${possiblyDuplicated} ${inFlight}\n`)
  if (pause > 0) await sleep(pause)
}
