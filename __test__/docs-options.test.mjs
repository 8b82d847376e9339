// The page about configuration has the options that there are, with their variables and defaults.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { environment, evaluate } from '../testkit/harness.mjs'
import { fieldsOf } from '../testkit/pages/declared.mjs'
import { codesOf, tableOf } from '../testkit/pages/tables.mjs'
import { variablesOf } from '../testkit/pages/variables.mjs'

const { check } = createRequire(import.meta.url)('../lib/options.js')

const NOWHERE = 'http://127.0.0.1:9'
const table = tableOf('docs/configuration.md', '| option | variable |')
const options = table.map(([option]) => codesOf(option)[0])

/** What the types say of each option: their comments name the variables and the default. */
const types = readFileSync(new URL('../types/options.d.ts', import.meta.url), 'utf8')
const commentOf = (option) =>
  types
    .split(`\n  ${option}?:`)[0]
    .split('\n  /**\n')
    .at(-1)
    .replace(/\s*\n\s*\*\s*/g, ' ')

describe('the table of options', () => {
  test('has the options that are accepted, and that the types declare', () => {
    assert.throws(
      () => check({ nonsense: 1 }),
      ({ message }) => {
        assert.deepEqual(options.toSorted(), message.split('there are ')[1].split(', ').sort())
        return true
      }
    )
    assert.deepEqual(options.toSorted(), fieldsOf('types/options.d.ts', 'MetricsOptions').sort())
  })

  test('has the variables of each option, and so have the types', () => {
    const told = table.flatMap(([, variables]) => codesOf(variables))
    for (const [option, variables] of table) {
      const names = codesOf(variables)
      const comment = commentOf(codesOf(option)[0])
      for (const name of names) assert.ok(comment.includes(`\`${name}\``), `${option}: ${name}`)
    }
    const own = told.filter((name) => name.startsWith('HKM_'))
    assert.deepEqual(own.toSorted(), [...variablesOf()].sort())
  })

  test('has the defaults that hold where nothing is set', async () => {
    const read = `
      const { createRequire } = await import('node:module')
      return createRequire(${JSON.stringify(import.meta.url)})('../lib/options.js').read({}).options`
    const { result } = await evaluate(read, environment(NOWHERE, { NODE_ENV: undefined }))
    for (const [option, , told] of table) {
      const name = codesOf(option)[0]
      const value = result[name]
      if (value === undefined || name === 'enabled') continue
      assert.equal(told.replace(/[`,]/g, ''), String(value), name)
      assert.match(commentOf(name), new RegExp(`@default '?${value}'?`), name)
    }
    assert.equal(result.enabled, 'auto')
  })
})
