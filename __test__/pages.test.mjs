// The programs in the documentation: each is type-checked and run, and what arrives is what the page says.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { installClients } from '../scripts/clients.mjs'
import { programsOf } from '../testkit/pages/programs.mjs'
import { project } from '../testkit/pages/project.mjs'

const url = (path) => new URL(`../${path}`, import.meta.url)

/** A block that says that nothing arrives. */
const NOTHING = '(nothing)'
/** A value that depends on the time, in place of a number. */
const ANY = '…'

/** The packages of other clients, in the folder of the benchmark. */
const CLIENTS = ['@aws-lambda-powertools', '@opentelemetry', 'hot-shots', 'prom-client']
const packages = Object.fromEntries(
  CLIENTS.map((name) => [name, fileURLToPath(url(`benchmark/node_modules/${name}`))])
)

/** The page that says what happens where code generation is forbidden, which Bun cannot do. */
const FORBIDS = 'docs/own-metrics.md'
const NO_CODE_GENERATION = {
  runtime: process.execPath,
  runtimeArgs: ['--disallow-code-generation-from-strings'],
}

before(installClients)

for (const file of readdirSync(url('docs/')).filter((file) => file.endsWith('.md'))) {
  describePage(`docs/${file}`)
}
describePage('README.md')

function describePage(path) {
  const programs = programsOf(url(path))
  if (programs.length === 0) return
  describe(path, () => {
    let site
    before(() => {
      site = project('page', packages)
    })
    after(() => site.remove())

    test('each program compiles', () => site.check(programs))
    const settings = path === FORBIDS ? [undefined, NO_CODE_GENERATION] : [undefined]
    for (const [program, options] of programs.flatMap((one) => settings.map((by) => [one, by]))) {
      const { line, client, throws } = program
      const where = options === undefined ? '' : ', where code generation is forbidden'
      const of = client === '' ? '' : ` of ${client}`
      const what = throws === undefined ? 'runs' : 'throws'
      test(`the program${of} in line ${line} ${what} as the page says${where}`, async () => {
        const { code, signal, stderr, stats, arrived } = await site.run(program, options)
        if (throws !== undefined) {
          assert.equal(code, 1)
          assert.ok(stderr.includes(`${throws}\n`), stderr)
        } else assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
        if (stats !== undefined) assert.equal(stats.applied, stats.recorded, 'nothing is dropped')
        if (client === '' && (program.arrives || throws))
          assertArrived(program.arrives ?? [], arrived)
      })
    }
  })
}

/** Compares lines of a page with series, in any order. */
function assertArrived(lines, arrived) {
  const told = new Map()
  for (const line of lines.filter((line) => line !== NOTHING)) {
    const [name, values] = line.split(/: (?=[^:]*$)/)
    told.set(name, [...(told.get(name) ?? []), ...values.split(', ')])
  }
  assert.deepEqual([...arrived.keys()].sort(), [...told.keys()].sort())
  for (const [name, values] of told) {
    const rest = [...arrived.get(name)]
    for (const value of values.filter((value) => value !== ANY)) {
      const at = rest.indexOf(Number(value))
      assert.ok(at >= 0, `${name}: ${value} is missing, there are ${arrived.get(name)}`)
      rest.splice(at, 1)
    }
    assert.equal(rest.length, values.filter((value) => value === ANY).length, `${name}: ${rest}`)
    assert.ok(rest.every((value) => value >= 0))
  }
}
