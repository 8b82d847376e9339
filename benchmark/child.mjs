// One figure on one side, in a process of its own; started by `processes.mjs`.

import { once } from 'node:events'

const task = JSON.parse(process.argv[2])

/** Tells the parent that the warm-up is over, and waits until the sink has forgotten it. */
async function ready() {
  const answer = once(process, 'message')
  process.send('ready')
  await answer
}

const { measure } = await import(`./figures/${task.figure}.mjs`)
const measured = await measure(task, ready)
process.send(measured, () => process.disconnect())
