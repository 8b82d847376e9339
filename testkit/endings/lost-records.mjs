// Checks what a process writes about records that it could not deliver: one line with their number and the reason.

import { toldBy } from './arrivals.mjs'

const OWN_LINE = /^\[hkm-native\] .*\n/gm
const LOSS_REPORT =
  /^\[hkm-native\] (?:(1) record was|(\d+) records were) lost at the end of the process: \S.*\n$/

/** Returns stderr without the lines of the package. */
export const withoutOwnLines = (stderr) => stderr.replaceAll(OWN_LINE, '')

/** Several lines are right if several copies of the package lose records, or if records are lost after the first line. */
export function* wrongLossReports({ lossReports, mayWarn, untold = 0 }, end) {
  if (lossReports === undefined) return
  const lines = end.stderr.match(OWN_LINE) ?? []
  const counts = lines.flatMap((line) => {
    const [, one, many] = LOSS_REPORT.exec(line) ?? []
    return one || many ? [Number(one ?? many)] : []
  })
  const isAlone = mayWarn || lines.length === lossReports
  if (counts.length !== lossReports || !isAlone)
    yield `told of lost records by ${JSON.stringify(lines)}`
  if (lossReports === 0) return
  const lost = sum(counts)
  const made = sum(toldBy(end).values())
  if (lost < made || lost > made + untold) yield `told of ${lost} lost records, but lost ${made}`
}

const sum = (numbers) => [...numbers].reduce((total, number) => total + number, 0)
