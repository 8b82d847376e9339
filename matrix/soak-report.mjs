/** What a soak has shown, as text. */

import { number } from '../testkit/report.mjs'

/**
 * @param {{ figures: import('./verdict.mjs').Figures, memory: ReturnType<typeof import('./memory.mjs').judgeMemory>,
 *   seconds: number, spells: Map<string, number>, problems: string[] }} result
 */
export function soakReport({ figures, memory, seconds, spells, problems }) {
  const weather = [...spells].map(([name, count]) => `${name} ${count}`).join(', ')
  return `
records     ${number(figures.recorded)} in ${number(seconds)} s, ${number(figures.recorded / seconds)}/s
arrived     ${number(figures.arrived)}; dropped ${number(figures.dropped)} of the poisoned series
duplicated  ${number(figures.duplicated)}; ${number(figures.possiblyDuplicated)} counted as possible
requests    ${number(figures.requests)}
snapshots   ${number(figures.snapshots)}, each of which has to add up
spells      ${weather}

RSS, kB     ${number(memory.afterWarmUp)} after the warm-up, ${number(memory.atEnd)} at the end, ${number(memory.most)} at most
slope       ${number(memory.slope)} kB/min; in the second half ${number(memory.lateSlope)}; JavaScript heap ${number(memory.heapSlope)}
memory      ${memory.verdict}; flat is below ${number(memory.limit)} kB/min, two bytes a record

${problems.length ? `WRONG: ${problems.join('; ')}` : 'Every record is accounted for.'}`
}
