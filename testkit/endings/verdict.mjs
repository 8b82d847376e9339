// Compares how a process has ended with what is expected, and with how it ends with metrics off.

import { isDeepStrictEqual } from 'node:util'
import { TOLD } from './arrivals.mjs'
import { withoutOwnLines } from './lost-records.mjs'

/**
 * @param {import('./endings.mjs').Ending} ending
 * @param {{ code: number, signal: string, stdout: string, stderr: string, isHung: boolean }} end
 * @param {object} [bare] the same with metrics off, if the two can be compared
 */
export function* wrongEnd(ending, end, bare) {
  if (end.isHung) yield 'hung'
  const actual = describe(end)
  const expected = ending.isAsBare ? describe(bare) : expectedOf(ending)
  if (actual !== expected) yield `ended by ${actual}, not ${expected}`
  if (bare && actual !== describe(bare)) yield `ended by ${describe(bare)} with metrics off`
  const { comparable = (text) => text } = ending
  const clean = (text) => withoutVariation(comparable(text))
  const stderr = clean(ending.lossReports !== undefined ? withoutOwnLines(end.stderr) : end.stderr)
  const alone = clean(bare?.stderr ?? (ending.isOwn ? '' : stderr))
  if (stderr !== alone) yield `stderr is ${JSON.stringify(stderr)}, not ${JSON.stringify(alone)}`
  else if (actual !== expected) yield `stderr is ${JSON.stringify(stderr)}, also with metrics off`
  if (!bare) return
  const [words, others] = [end, bare].map((one) => wordsOf(one, ending))
  if (!isDeepStrictEqual(words, others))
    yield `wrote ${JSON.stringify(words)}, not ${JSON.stringify(others)}`
}

const expectedOf = ({ signal, code = 0 }) => signal ?? `code ${code}`

const describe = ({ code, signal }) => signal ?? `code ${code}`

/** Returns the lines of stdout that are not numbers of records. */
function wordsOf({ stdout }, { repeatsWords }) {
  const words = stdout.split('\n').filter((line) => line !== '' && !TOLD.test(line))
  return repeatsWords ? [...new Set(words)] : words
}

/**
 * Two things differ from run to run: addresses, and how Node passes on what a worker threw (by a message, or at the exit
 * of the worker if that comes first).
 */
const withoutVariation = (stderr) =>
  stderr.replaceAll(/0x[0-9a-f]+/g, '0x').replaceAll(/^ {4}at .*\(node:internal\/worker:.*\n/gm, '')
