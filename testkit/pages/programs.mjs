/**
 * Reads the programs of a page of documentation.
 *
 * - A block of `ts` with an `import` begins a program. One without continues the program above it.
 * - A word after `ts` names another client. Its blocks are programs of their own, beside those of this package.
 * - An HTML comment `<!-- given: … -->` before a block holds statements that the reader does not need.
 * - A block of `text` right after it says what arrives in CloudWatch, one series a line. Those of a program add up.
 * - A block of `ts throws` is a program, and the block of `text` right after it is the message of the error.
 *
 * @typedef {object} Program
 * @property {number} line of the page, where it begins
 * @property {string} code
 * @property {string} client empty for this package
 * @property {string[]} [arrives]
 * @property {string} [throws]
 */

import { readFileSync } from 'node:fs'

const FENCE = /^```([a-z]*) ?(.*)$/
const GIVEN = /^<!-- given: (.*) -->$/

/**
 * @param {URL} page
 * @returns {Program[]}
 */
export function programsOf(page) {
  const programs = []
  for (const { line, language, info, text, given, isAdjacent } of blocksOf(page)) {
    const client = info === 'throws' ? '' : info
    const last = programs.findLast((program) => program.client === client)
    if (language === 'ts') {
      const code = [...given, text].join('\n')
      if (info === 'throws') programs.push({ line, code, client, throws: '' })
      else if (/^import /m.test(text)) programs.push({ line, code, client })
      else if (last === undefined || last.throws !== undefined) {
        throw new Error(`${page}:${line} continues no program`)
      } else last.code += `\n${code}`
    } else if (language === 'text' && isAdjacent && last !== undefined) {
      if (last.throws === '') last.throws = text
      else last.arrives = [...(last.arrives ?? []), ...text.split('\n')]
    }
  }
  return programs
}

/** The fenced blocks of a page. */
export function blocksOf(page) {
  const blocks = []
  let open
  let given = []
  let isAdjacent = false
  for (const [index, text] of readFileSync(page, 'utf8').split('\n').entries()) {
    const fence = text.match(FENCE)
    if (open !== undefined && text === '```') {
      blocks.push({ ...open, text: open.lines.join('\n') })
      open = undefined
      isAdjacent = true
    } else if (open !== undefined) open.lines.push(text)
    else if (fence) {
      open = { line: index + 1, language: fence[1], info: fence[2], lines: [], given, isAdjacent }
      given = []
    } else if (text !== '') {
      isAdjacent = false
      if (GIVEN.test(text)) given.push(text.match(GIVEN)[1])
    }
  }
  return blocks
}
