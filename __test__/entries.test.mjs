// The entries of the package: one for each way to load it, and those for browsers and edge runtimes, in which recorders do
// nothing. What they share with the real ones is compared with a process in which metrics are off.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { runtimes } from '../scripts/runtimes.mjs'
import { environment, evaluate, run } from '../testkit/harness.mjs'
import { CALLS } from '../testkit/loading/without-binary.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NOWHERE = 'http://127.0.0.1:9'
const OFF = environment(NOWHERE, { HKM_ENABLED: 'false' })
const require = createRequire(import.meta.url)
/** On Windows, no path is imported. */
const urlOf = (file) => new URL(file, new URL('..', import.meta.url))

/** The names that a file of types exports as values. */
function valuesIn(file) {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const lists = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => list.split(','))
  const listed = lists.map((item) => item.trim()).filter((item) => !/^(type\b|$)/.test(item))
  const declared = [...text.matchAll(/^export declare function (\w+)/gm)].map(([, name]) => name)
  return [...listed.map((item) => item.split(' as ').at(-1)), ...declared].toSorted()
}

const NAMES = valuesIn('index.d.ts')
const NAMES_OF_TESTING = valuesIn('testing.d.ts')

test('each entry has the names that the types promise, and no other', async () => {
  assert.equal(NAMES.length, 12)
  assert.deepEqual(NAMES_OF_TESTING, ['captureMetrics'])
  for (const [entry, names] of [
    ['index', NAMES],
    ['testing', NAMES_OF_TESTING],
  ]) {
    for (const file of [`${entry}.js`, `lib/web/${entry}.js`]) {
      assert.deepEqual(Object.keys(require(join(ROOT, file))).toSorted(), names, file)
      // Node finds the names of CommonJS by parsing it.
      const { default: all, 'module.exports': _, ...named } = await import(urlOf(file))
      assert.deepEqual(named, all, file)
    }
    const { default: all, ...named } = await import(urlOf(`${entry}.mjs`))
    assert.deepEqual(Object.keys(named).toSorted(), names)
    assert.equal(all, require(join(ROOT, `${entry}.js`)))
  }
})

for (const [what, flags] of [
  ['loaded by its name', []],
  ...['browser', 'edge-light', 'workerd'].map((name) => [
    `under the condition ${name}`,
    [`--conditions=${name}`],
  ]),
]) {
  test(`${what}, the package is one and the real one on every runtime, by import and by require`, async () => {
    for (const { name, command } of runtimes()) {
      const { code, stdout, stderr } = await run('entries.mjs', {
        env: OFF,
        runtime: command,
        runtimeArgs: flags,
      })
      assert.equal(code, 0, `${name}: ${stderr}`)
      assert.deepEqual(
        JSON.parse(stdout),
        {
          names: NAMES,
          namespace: NAMES,
          others: [],
          isDefault: true,
          isSameCapture: true,
          isDefaultOfTesting: true,
          captured: 2,
          state: 'idle',
        },
        name
      )
    }
  })
}

/** By what bundles for it: the conditions and the platform of esbuild. Each condition of the package is there alone. */
const GRAPHS = {
  'esbuild for a browser': { platform: 'browser' },
  'a client build of Vite': {
    platform: 'neutral',
    conditions: ['module', 'browser', 'production'],
  },
  'the condition browser': { platform: 'neutral', conditions: ['browser'] },
  'the condition edge-light': { platform: 'neutral', conditions: ['edge-light'] },
  'the condition workerd': { platform: 'neutral', conditions: ['workerd'] },
  Wrangler: { platform: 'browser', conditions: ['workerd', 'worker', 'browser'] },
}
const ENTRY = `
  export * as hkm from '@sim/hkm-native'
  export { default } from '@sim/hkm-native'
  export * as testing from '@sim/hkm-native/testing'
`
const REQUIRING = `
  exports.hkm = exports.default = require('@sim/hkm-native')
  exports.testing = require('@sim/hkm-native/testing')
`

/** Bundles modules that use the package. A warning is an error. */
async function bundled(options, contents = ENTRY) {
  const { outputFiles, warnings, metafile } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'bundle',
    // Without comments.
    minifyWhitespace: true,
    logLevel: 'silent',
    ...options,
  })
  assert.deepEqual(warnings, [])
  return { code: outputFiles[0].text, inputs: Object.keys(metafile.inputs) }
}

/** Runs a bundle where nothing but the language and the clock of the web is, and text makes no functions. */
function inBrowser(code) {
  const context = createContext({ performance }, { codeGeneration: { strings: false } })
  const before = runInContext('Reflect.ownKeys(globalThis)', context).length
  const all = runInContext(`${code}; bundle`, context)
  const after = runInContext('Reflect.ownKeys(globalThis)', context)
  assert.equal(after.length, before + 1, `a global property was added: ${after.map(String)}`)
  const play = runInContext(`async (hkm) => { ${CALLS} }`, context)
  return { ...all, play: () => play(all.hkm).then(JSON.parse) }
}

describe('in a graph that is not for Node', () => {
  let expected
  before(async () => {
    const { result, stats } = await evaluate(CALLS, OFF)
    assert.equal(stats.state, 'off')
    expected = JSON.parse(result)
    assert.equal(expected.refused.filter((told) => told.includes('Error: ')).length, 8)
  })

  for (const [what, options] of Object.entries(GRAPHS)) {
    for (const [how, contents] of Object.entries({ import: ENTRY, require: REQUIRING })) {
      test(`${what}, ${how} gives what a process with metrics off has`, async () => {
        const { code, inputs } = await bundled(options, contents)
        assert.ok(inputs.includes('lib/web/index.js'))
        assert.doesNotMatch(code, /\bprocess\b|node:/)
        const { hkm, play, ...rest } = inBrowser(code)
        assert.deepEqual(await play(), expected)
        assert.equal(rest.default.counter, hkm.counter)
      })
    }
  }

  test('options are ignored, because those of variables are missing there', async () => {
    const { hkm } = inBrowser((await bundled(GRAPHS.Wrangler)).code)
    for (const given of [{ maxSeries: 5 }, { region: '' }, { nope: 1 }, undefined]) {
      assert.equal(hkm.configureMetrics(given), undefined)
    }
    const { state, reason } = hkm.metricsStats()
    const expected = ['off', 'browsers and edge runtimes cannot load the native binary']
    assert.deepEqual([state, reason], expected)
  })

  test('a capture throws: a test that expects no record would pass', async () => {
    const { testing } = inBrowser((await bundled(GRAPHS['the condition browser'])).code)
    assert.throws(() => testing.captureMetrics(), { message: /nothing to capture.*on Node.*Jest/ })
  })

  test('the package takes 7 kB of a bundle, as it is sent', async () => {
    const { code } = await bundled({ platform: 'browser', minify: true })
    const { gzipSync } = await import('node:zlib')
    assert.ok(gzipSync(code).length < 7_000, `${gzipSync(code).length} bytes`)
  })
})

describe('a bundle for Node', () => {
  for (const conditions of [[], ['browser'], ['workerd', 'edge-light']]) {
    test(`has the real package, also under the conditions [${conditions}]`, async () => {
      const external = ['*.node', '@sim/hkm-native-*']
      const { inputs } = await bundled({ platform: 'node', conditions, external })
      assert.ok(inputs.includes('binding.js'))
      assert.ok(!inputs.some((file) => file.startsWith('lib/web/')))
    })
  }
})

describe('Bun bundles', () => {
  let folder
  before(() => {
    // Below the package, which finds itself by its name there.
    mkdirSync(join(ROOT, 'target'), { recursive: true })
    folder = mkdtempSync(join(ROOT, 'target/entries-'))
    writeFileSync(join(folder, 'entry.mjs'), ENTRY)
  })
  after(() => rmSync(folder, { recursive: true }))

  const bundledBy = (bun, target) => {
    const external = ['*.node', '@sim/hkm-native-*'].flatMap((name) => ['--external', name])
    const args = ['build', join(folder, 'entry.mjs'), '--target', target, ...external]
    const env = { PATH: process.env.PATH, DO_NOT_TRACK: '1', HOME: tmpdir() }
    return execFileSync(bun, args, { encoding: 'utf8', cwd: folder, env })
  }

  for (const { name, command } of runtimes().filter((one) => one.name.startsWith('Bun'))) {
    test(`${name}: the real package for bun and for node, and the one that does nothing for browser`, () => {
      const isReal = (target) => bundledBy(command, target).includes('NAPI_RS_NATIVE_LIBRARY_PATH')
      assert.deepEqual(['bun', 'node', 'browser'].map(isReal), [true, true, false])
    })
  }
})
