// What a process says about records that it could not deliver: one line, which counts all of them and says why.

import { toldBy } from './arrivals.mjs'

const OWN_LINE = /^\[HostedKeyMetrics\] .*\n/gm
const LAST_WORDS =
  /^\[HostedKeyMetrics\] (?:(1) record was|(\d+) records were) lost at the end of the process: \S.*\n$/

/** What remains of stderr without the lines of the package. */
export const withoutLastWords = (stderr) => stderr.replaceAll(OWN_LINE, '')

/** Several lines are right where several copies of the package lose records, each its own. */
export function* wrongLastWords({ lastWords, mayWarn, untold = 0 }, end) {
  if (lastWords === undefined) return
  const lines = end.stderr.match(OWN_LINE) ?? []
  const counts = lines.flatMap((line) => {
    const [, one, many] = LAST_WORDS.exec(line) ?? []
    return one || many ? [Number(one ?? many)] : []
  })
  const isAlone = mayWarn || lines.length === lastWords
  if (counts.length !== lastWords || !isAlone)
    yield `told of lost records by ${JSON.stringify(lines)}`
  if (lastWords === 0) return
  const lost = sum(counts)
  const made = sum(toldBy(end).values())
  if (lost < made || lost > made + untold) yield `told of ${lost} lost records, but lost ${made}`
}

const sum = (numbers) => [...numbers].reduce((total, number) => total + number, 0)
