/** The matrix as Markdown, a row a fault. */

import { number, table } from '../testkit/report.mjs'

const COUNTS = {
  recorded: 'recorded',
  arrived: 'arrived',
  dropped: 'dropped',
  possiblyDuplicated: 'possibly duplicated',
  duplicated: 'really duplicated',
  requests: 'requests',
}

/** What a row without problems has shown. */
function praise({ isKnown, isForever, isFair, culprit, mostCopies }) {
  if (isForever) return mostCopies ? `all kept, at most ${mostCopies} copies` : 'all kept'
  if (isFair) return 'each once, no series starved'
  if (mostCopies) return `none lost, at most ${mostCopies} copies`
  if (culprit) return 'only the culprit dropped'
  return isKnown ? 'each once' : 'none lost, doubles counted'
}

/**
 * @param {{ fault: import('./fault-list.mjs').MatrixFault, figures?: import('./verdict.mjs').Figures,
 *   problems: string[] }[]} rows without `figures` where the run did not get that far
 */
export function report(rows) {
  return table(
    ['fault', ...Object.values(COUNTS), 'verdict'],
    rows.map(({ fault, figures, problems }) => [
      fault.name,
      ...Object.keys(COUNTS).map((count) => (figures ? number(figures[count]) : '–')),
      problems.length ? `WRONG: ${problems.join('; ')}` : praise(fault),
    ])
  )
}
