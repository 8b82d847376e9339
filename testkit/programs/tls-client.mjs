// Requests an https URL with Node's own client, and sends the parent whether there was an answer: `{ arrived, problem }`.
// Each name is 127.0.0.1.

import { get } from 'node:https'

const lookup = (_, { all }, answer) =>
  all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)

const told = await new Promise((resolve) => {
  const request = get(process.argv[2], { lookup, timeout: 3_000 }, () => resolve({ arrived: true }))
  request.once('timeout', () => request.destroy(new Error('timeout')))
  request.once('error', ({ code, message }) =>
    resolve({ arrived: false, problem: code ?? message })
  )
})
process.send(told, () => process.exit())
