// `npm run guard`: what the native side costs in instructions and allocations, which no busy machine changes. Fails when
// a step costs more than `benchmark/guard.json` allows, and when it costs so much less that the file is out of date.
// `npm run guard -- --update` writes the file anew.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { callgrind } from './callgrind.mjs'
import { ensureCommand } from './debian.mjs'
import { runSteps } from './steps.mjs'

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } })

const BASELINE = new URL('../benchmark/guard.json', import.meta.url)
const PROGRAMS = fileURLToPath(new URL('../target/guard/', import.meta.url))
const BUILD = 'cargo build --quiet --locked --profile guard --package hkm-benchmark --bins'

try {
  guard()
} catch (error) {
  console.error(`\nguard: ${error.message}`)
  process.exit(1)
}

function guard() {
  const platform = `${process.platform} ${process.arch}`
  if (platform !== 'linux x64')
    throw new Error(`the baseline is of Linux x64; this is ${platform}, and cannot be compared.`)
  ensureCommand('valgrind')
  runSteps([{ name: 'the cases', command: BUILD.split(' '), env: { CARGO_TARGET_DIR: 'target' } }])
  const baseline = JSON.parse(readFileSync(BASELINE, 'utf8'))
  const now = { madeWith: tools(), instructions: countInstructions() }
  const rows = compare(baseline.instructions, now.instructions)
  print(rows)
  const allocating = stepsThatAllocate()
  console.log(`\nAllocations of a drain: ${allocating.join('; ') || 'none in any case'}`)

  if (values.update) {
    writeFileSync(BASELINE, `${JSON.stringify({ ...baseline, ...now }, null, 2)}\n`)
    console.log('The baseline is renewed: benchmark/guard.json')
  } else checkInstructions(rows, baseline, now)
  if (allocating.length > 0)
    throw new Error('a record of a known series and value must not allocate.')
}

/** What the counts depend on beside the sources: the compiler, the counter, and the allocator. */
function tools() {
  const version = (command) => output(command, ['--version']).match(/\d+(\.\d+)+/)[0]
  return {
    rustc: version('rustc'),
    valgrind: version('valgrind'),
    glibc: process.report.getReport().header.glibcVersionRuntime,
  }
}

function countInstructions() {
  const cases = linesOf('instructions').map(([name, unit]) => {
    const { instructions, stdout } = callgrind(`${PROGRAMS}instructions`, [name], 'measured')
    return [`${name}, a ${unit}`, Math.round((instructions / Number(stdout)) * 10) / 10]
  })
  return Object.fromEntries(cases)
}

function stepsThatAllocate() {
  return linesOf('allocations')
    .filter(([name, calls]) => name.startsWith('drain') && calls !== '0')
    .map(([name, calls, records]) => `${name}: ${calls} for ${records} records`)
}

/** The lines that a program of the package prints, each with tabs in it. */
function linesOf(program) {
  const lines = output(PROGRAMS + program, [])
    .trim()
    .split('\n')
  return lines.map((line) => line.split('\t'))
}

function output(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', timeout: 60_000 })
}

/** A case that is only in one of the two changes by NaN. */
function compare(before, after) {
  const names = new Set([...Object.keys(after), ...Object.keys(before)])
  return [...names].map((name) => {
    const [was = Number.NaN, is = Number.NaN] = [before[name], after[name]]
    return { name, was, is, change: (is / was - 1) * 100 }
  })
}

function checkInstructions(rows, { tolerancePercent, madeWith }, now) {
  const wrong = rows.flatMap(({ name, change }) => {
    if (Number.isNaN(change)) return [`${name}: only in the baseline, or not in it.`]
    if (change > tolerancePercent) return [`${name}: costs ${change.toFixed(1)} % more.`]
    if (change >= -tolerancePercent) return []
    return [`${name}: costs ${-change.toFixed(1)} % less. Renew the baseline, to keep the gain.`]
  })
  if (wrong.length === 0) return
  const [then, today] = [madeWith, now.madeWith].map((tools) =>
    Object.entries(tools).flat().join(' ')
  )
  const differing = `The baseline was made with ${then}, and this is ${today}: that alone can move counts.`
  throw new Error(
    [
      `not within ${tolerancePercent} % of the baseline.`,
      ...wrong,
      ...(then === today ? [] : [differing]),
      'If this is meant, renew the baseline, and commit it with the change: npm run guard -- --update',
    ].join('\n')
  )
}

function print(rows) {
  const decimal = (number) => (Number.isNaN(number) ? '' : number.toFixed(1))
  const table = [
    ['instructions', 'baseline', 'now', 'change %'],
    ...rows.map(({ name, was, is, change }) => [name, ...[was, is, change].map(decimal)]),
  ]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  console.log()
  for (const [name, ...cells] of table) {
    const padded = cells.map((cell, index) => cell.padStart(widths[index + 1]))
    console.log([name.padEnd(widths[0]), ...padded].join(' | '))
  }
}
