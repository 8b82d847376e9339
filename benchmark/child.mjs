// One figure on one side, in a process of its own; started by `processes.mjs`.

import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { figures } from './figures.mjs'

const { values } = parseArgs({
  options: { side: { type: 'string' }, figure: { type: 'string' }, amount: { type: 'string' } },
})

/** Tells the parent that the warm-up is over, and waits until the sink has forgotten it. */
async function ready() {
  const answer = once(process, 'message')
  process.send('ready')
  await answer
}

const measured = await figures[values.figure](values.side, Number(values.amount), ready)
process.send(measured, () => process.disconnect())
