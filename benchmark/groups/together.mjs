// Measurements of what arrives, not of how long it takes, may run at the same time: each with a sink of its own.

import { startSink } from '../processes.mjs'

export async function together(bench, tasks) {
  await Promise.all(
    tasks.map(async ({ meanwhile, env, mayDrop, ...task }) => {
      const sink = await startSink()
      await bench.measure(task, { sink, meanwhile, env, mayDrop })
      await sink.stop()
    })
  )
}
