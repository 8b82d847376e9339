// The page about statistics has the fields that `metricsStats()` returns, and that the types declare.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { accessDenied, first } from '@sim/local-cloudwatch/faults'
import { CREDENTIALS, environment, evaluate } from '../testkit/harness.mjs'
import { fieldsOf } from '../testkit/pages/declared.mjs'
import { codesOf, tableOf } from '../testkit/pages/tables.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const table = tableOf('docs/stats-and-warnings.md', '| field | unit |')
const told = table.flatMap(([field]) => codesOf(field))

const spool = mkdtempSync(join(tmpdir(), 'hkm-spool-'))
after(() => rmSync(spool, { recursive: true }))

/** Flushes, also after a failure, and returns the names of all fields that are not functions. */
const FIELDS = `
  const names = (value, prefix) => Object.entries(value).flatMap(([name, field]) => {
    const isNested = Object.getPrototypeOf(field ?? 0) === Object.prototype
    return [prefix + name, ...(isNested ? names(field, prefix + name + '.') : [])]
  })
  const idle = names(hkm.metricsStats(), '')
  m.recordUsed({ provider: 'p', tool: 't', key: 'K' })
  await hkm.flushMetrics()
  const { state } = hkm.metricsStats()
  return { state, idle, fields: names(hkm.metricsStats(), '') }`

async function fieldsWith(variables) {
  const cloudwatch = await startLocalCloudWatch()
  cloudwatch.setFault(first(1, accessDenied()))
  try {
    const { result } = await evaluate(FIELDS, environment(cloudwatch.endpoint, variables))
    return result
  } finally {
    await cloudwatch.close()
  }
}

/** The table, without the fields of objects that are `undefined`. */
const without = (...names) =>
  told.filter((field) => !names.some((name) => field.startsWith(`${name}.`)))

describe('the table of the statistics', () => {
  test('has the fields that the types declare, each once', () => {
    const declared = fieldsOf('types/stats.d.ts', 'MetricsStats')
    assert.ok(declared.includes('lastError.code'))
    assert.deepEqual(told.toSorted(), declared.toSorted())
    assert.deepEqual(new Set(told).size, told.length, 'each once')
  })

  test('has the fields of a process with metrics on and a spool, after a failure', async () => {
    const { state, fields } = await fieldsWith({ ...CREDENTIALS, HKM_SPOOL_DIRECTORY: spool })
    assert.equal(state, 'on')
    // Windows has no spool.
    const expected = IS_WINDOWS ? without('spool') : told
    assert.deepEqual(fields.toSorted(), expected.toSorted())
  })

  test('has the fields of a process with metrics on and no spool', async () => {
    const { state, fields } = await fieldsWith(CREDENTIALS)
    assert.equal(state, 'on')
    assert.deepEqual(fields.toSorted(), without('spool').toSorted())
  })

  test('has the fields of a process with metrics off, and of one that has not recorded', async () => {
    const { state, idle, fields } = await fieldsWith({})
    assert.equal(state, 'off')
    assert.deepEqual(fields.toSorted(), without('lastError', 'spool').toSorted())
    assert.deepEqual(idle.toSorted(), without('lastError', 'spool').toSorted())
  })

  test('says of each field what it is and when it changes', () => {
    for (const [field, unit, meaning, change] of table) {
      const isObject = unit === ''
      assert.ok(meaning !== '' && (isObject || change !== ''), field)
    }
  })
})
