/** Reads the tables of a page of documentation. */

import { readFileSync } from 'node:fs'

const SEPARATOR = /^\|( ?:?-+:? ?\|)+$/

/**
 * Returns the rows of the table whose head begins with a text. Each row is a list of cells.
 *
 * @param {string} page a path from the root of the repository
 * @param {string} head
 */
export function tableOf(page, head) {
  const lines = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8').split('\n')
  const begin = lines.findIndex((line) => line.startsWith(head))
  if (begin < 0 || !SEPARATOR.test(lines[begin + 1]))
    throw new Error(`${page} has no table ${head}`)
  const rows = lines.slice(begin + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end < 0 ? undefined : end).map(cellsOf)
}

/** Returns the codes of a cell. */
export const codesOf = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code)

function cellsOf(line) {
  const cells = line.slice(1, -1).split(/(?<!\\)\|/)
  return cells.map((cell) => cell.trim())
}
