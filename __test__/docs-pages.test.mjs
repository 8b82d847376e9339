// The pages of the documentation: one list has all of them, and the README is short and shows figures of its pages alone.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { tableOf } from '../testkit/pages/tables.mjs'

const MAX_LINES = 200
const MAX_ROWS = 10

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('the list has each page once, with what it is about', () => {
  const pages = readdirSync(new URL('../docs/', import.meta.url)).filter((file) =>
    /\.md$/.test(file)
  )
  const listed = [...read('docs/README.md').matchAll(/^- \[[^\]]+\]\(([^)]+)\): \S/gm)]
  assert.deepEqual(
    listed.map(([, page]) => page).sort(),
    pages.filter((page) => page !== 'README.md').sort()
  )
})

test('each page begins with its only heading of the first level', () => {
  for (const page of readdirSync(new URL('../docs/', import.meta.url))) {
    if (!page.endsWith('.md')) continue
    const text = read(`docs/${page}`)
    assert.match(text, /^# \S/, page)
    assert.equal(text.replace(/^```.*?^```/gms, '').match(/^# /gm).length, 1, page)
  }
})

test('the README has at most 200 lines, and leads to the list', () => {
  const readme = read('README.md')
  assert.ok(readme.trimEnd().split('\n').length <= MAX_LINES)
  assert.match(readme, /\]\(docs\/README\.md\)/)
})

test('the figures of the README are those of the page about performance', () => {
  const rows = tableOf('README.md', '| | this package |')
  assert.ok(rows.length <= MAX_ROWS)
  const cells = read('docs/performance.md').match(/(?<=\|)[^|\n]+(?=\|)/g)
  const figures = new Set(cells.map((cell) => cell.trim()))
  for (const [what, own, other] of rows) {
    assert.ok(figures.has(own) && figures.has(other), `${what}: ${own}, ${other}`)
  }
})
