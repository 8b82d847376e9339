/**
 * Reads the commands of a page of documentation: each line of a block of `sh`, and each code in the text that begins with the
 * name of a program.
 *
 * @typedef {object} Command
 * @property {number} line of the page
 * @property {string} text without comment, variables and what follows a `>` or a pipe
 * @property {string[]} flags the options, without their values: `--only`
 */

import { readFileSync } from 'node:fs'
import { blocksOf } from './programs.mjs'

const PROGRAM = /^([A-Z_]+=("[^"]*"|\S*) )*(aws|bun|cargo|docker|node|npm|npx) [^/]/
const FLAG = /(?<![^\s[])--[a-z][\w-]*/g

/**
 * @param {URL} page
 * @returns {Command[]}
 */
export function commandsOf(page) {
  const ofBlocks = blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, text }) => text.split('\n').map((one, at) => [line + 1 + at, one]))
  const ofText = codesOf(page).filter(([, code]) => PROGRAM.test(code))
  return [...ofBlocks, ...ofText]
    .map(([line, text]) => ({ line, text: bare(text) }))
    .filter(({ text }) => text !== '')
    .map((command) => ({ ...command, flags: command.text.match(FLAG) ?? [] }))
}

/** Returns the options that the text of a page names outside of a command, such as `--json`. */
export function flagsOf(page) {
  return codesOf(page).flatMap(([, code]) =>
    code.startsWith('--') ? (code.match(FLAG) ?? []) : []
  )
}

/** Returns the names of variables in a page. */
export function variablesIn(page) {
  const text = readFileSync(page, 'utf8')
  // NODE_SEA_… are marks in an executable.
  const names = text.match(/\b(?!NODE_SEA_)(AWS|GRAFANA|HKM|NODE|OTEL|SSL)(_[A-Z0-9]+)+\b(?!_?…)/g)
  return [...new Set(names)]
}

/** Returns each code in the text of a page, with its line. One may go on in the next line. */
function codesOf(page) {
  const text = readFileSync(page, 'utf8')
  const prose = text.replace(/^```.*?^```/gms, (block) => block.replace(/[^\n]/g, ''))
  return [...prose.matchAll(/`([^`]+)`/g)].map(({ 1: code, index }) => [
    prose.slice(0, index).split('\n').length,
    code.replaceAll('\n', ' '),
  ])
}

const bare = (text) =>
  text
    .replace(/(^|\s)#.*/, '')
    .replace(/\s[>|].*/, '')
    .replace(/^([A-Z_]+=("[^"]*"|\S*) )+/, '')
    .trim()
