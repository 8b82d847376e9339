// The declaration files of modules that export definitions, and of timers: readable, complete without their source, and
// under `isolatedDeclarations` with one annotation.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'hkm-declarations-'))

const COMPILERS = ['typescript', 'typescript-5', 'typescript-5.4']
/** `isolatedDeclarations` came with TypeScript 5.5. */
const ISOLATING = ['typescript', 'typescript-5']
/** How users compile. */
const SETTINGS = {
  'an ES module': { extension: '.mts', options: { module: 'node16' } },
  'a CommonJS module': { extension: '.cts', options: { module: 'node16' } },
  'a module for a bundler': {
    extension: '.ts',
    options: { module: 'esnext', moduleResolution: 'bundler' },
  },
}

/** The example of the documentation, and timers. */
const SHOP = `${readFileSync(join(ROOT, '__test__/types/shop.mts'), 'utf8')}
export const pending = checkout.latency.startTimer()
export const complete = checkout.latency.startTimer({ region: 'eu' })
export const definition = counter({ dimensions: ['region'] })
`

/** What wraps, or is a part of, a recorder. Its types are those of the package, by their names. */
const WRAPPERS = `import {
  counter, type Counter, defineMetrics, distribution, type DurationDistribution, gauge, type LabelArguments,
} from '@sim/hkm-native'
import { captureMetrics } from '@sim/hkm-native/testing'

const shop = defineMetrics({
  namespace: 'Shop',
  metrics: {
    orders: counter({ dimensions: ['region', 'plan'] }),
    latency: distribution({ unit: 'Milliseconds', dimensions: { region: {}, plan: { optional: true } } }),
    duration: distribution({ unit: 'Seconds' }),
    depth: gauge({ dimensions: ['queue'] }),
  },
})
export const { startTimer } = shop.latency
export const startPlain = shop.duration.startTimer
export const { add } = shop.orders
export const { observe } = shop.depth
export const bound = shop.latency.with({ region: 'eu' })
export const bind = shop.orders.with
export function start<Labels>(metric: DurationDistribution<Labels>, ...labels: LabelArguments<Labels>) {
  return metric.startTimer(...labels)
}
export const startIn = (region: string) => shop.latency.startTimer({ region })
export const stopLater = () => shop.latency.startTimer()
export function count<Labels>(metric: Counter<Labels>, ...labels: LabelArguments<Labels>) {
  metric.add(1, ...labels)
  return metric.with
}
export const make = (namespace: string) => defineMetrics({ namespace, metrics: { orders: counter() } })
const capture = captureMetrics()
export const { sum, records, dropped } = capture
export const found = () => capture.records(shop.latency)
export class Metrics {
  readonly all = make('Shop')
  readonly timer = shop.duration.startTimer()
}
`

const DECLARED = `export declare const checkout: {
    readonly orders: import("@sim/hkm-native").Counter<{
        region: import("@sim/hkm-native").LabelValue;
        plan: import("@sim/hkm-native").LabelValue;
    }>;
    readonly latency: import("@sim/hkm-native").DurationDistribution<{
        region: import("@sim/hkm-native").LabelValue;
    }>;
    readonly queueDepth: import("@sim/hkm-native").Gauge<{}>;
};
export declare const pending: import("@sim/hkm-native").PendingTimer<{
    region: import("@sim/hkm-native").LabelValue;
}>;
export declare const complete: import("@sim/hkm-native").Timer<{}>;
export declare const definition: import("@sim/hkm-native").MetricDefinition<import("@sim/hkm-native").Counter<{
    region: import("@sim/hkm-native").LabelValue;
}>>;
`

/** What only the declaration file can tell. */
const USE = `
checkout.orders.add(1, { region: 'eu', plan: 'pro' })
checkout.latency.startTimer()({ region: 'eu' })
checkout.queueDepth.set(1)
pending({ region: 'eu' })
complete()
// @ts-expect-error a label is missing
checkout.orders.add(1, { region: 'eu' })
// @ts-expect-error a label that does not exist
checkout.latency.record(1, { region: 'eu', plan: 'pro' })
// @ts-expect-error the metric has no labels
checkout.queueDepth.set(1, {})
// @ts-expect-error a label is missing
pending()
`

const ANNOTATED = `import {
  type Counter, counter, defineMetrics, type DurationDistribution, distribution, type Gauge, gauge, type LabelValue,
} from '@sim/hkm-native'

export interface ShopMetrics {
  orders: Counter<{ region: LabelValue; plan: LabelValue }>
  latency: DurationDistribution<{ region: LabelValue }>
  queueDepth: Gauge
}
export const shop: ShopMetrics = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    queueDepth: gauge({ unit: 'Count' }),
  },
})
`

// The package as it is installed: a link would lead the compiler to paths outside of `node_modules`.
before(() => {
  const installed = join(root, 'node_modules/@sim/hkm-native')
  for (const file of [
    ...['package.json', 'types'],
    ...['index.d.ts', 'index.d.mts', 'testing.d.ts', 'testing.d.mts'],
  ]) {
    cpSync(join(ROOT, file), join(installed, file), { recursive: true })
  }
})

after(() => rmSync(root, { recursive: true }))

let projects = 0

/** Compiles files in a folder of their own. Returns the errors, and a reader of what was emitted. */
function compile(compiler, files, options) {
  projects += 1
  const folder = join(root, `project-${projects}`)
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    types: [],
    declaration: true,
    emitDeclarationOnly: true,
    outDir: 'out',
    ...options,
  }
  const config = { compilerOptions, files: Object.keys(files) }
  const all = { ...files, 'tsconfig.json': JSON.stringify(config) }
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc')
  const args = [tsc, '-p', folder, '--pretty', 'false']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  const emitted = (file) => readFileSync(join(folder, 'out', file), 'utf8')
  return { errors: stdout + stderr, emitted }
}

/** TypeScript 7 sorts labels by their names, so that the order of lines says nothing. */
const lines = (text) => text.split('\n').toSorted()

for (const compiler of COMPILERS) {
  for (const [what, { extension, options }] of Object.entries(SETTINGS)) {
    test(`${compiler} declares what ${what} exports by kinds and labels, complete without its source`, () => {
      const { errors, emitted } = compile(compiler, { [`shop${extension}`]: SHOP }, options)
      assert.equal(errors, '')
      const declaration = `shop.d${extension}`
      assert.deepEqual(lines(emitted(declaration)), lines(DECLARED))

      const from = `./shop${extension.replace('t', 'j')}`
      const use = `import { checkout, complete, pending } from '${from}'\n${USE}`
      const files = { [declaration]: emitted(declaration), [`use${extension}`]: use }
      const alone = compile(compiler, files, { ...options, skipLibCheck: false })
      assert.equal(alone.errors, '')
    })
  }
}

for (const compiler of COMPILERS) {
  test(`${compiler} declares functions around recorders, and their parts, without a path into the package`, () => {
    const { errors, emitted } = compile(
      compiler,
      { 'wrappers.mts': WRAPPERS },
      { module: 'node16' }
    )
    assert.equal(errors, '')
    assert.doesNotMatch(emitted('wrappers.d.mts'), /\/types\//)
    const alone = { 'wrappers.d.mts': emitted('wrappers.d.mts') }
    const again = compile(compiler, alone, { module: 'node16', skipLibCheck: false })
    assert.equal(again.errors, '')
  })
}

/** Annotations that say something else than the definition, and what the compiler says of them. */
const MISTAKES = {
  more: ["['region', 'plan']", "['region']", /'plan' is missing/],
  less: ["dimensions: ['region'] }", "dimensions: ['region', 'plan'] }", /'plan' is missing/],
  kind: ['gauge({', 'counter({', /is missing in type 'Counter<{}>'|Type 'Counter<{}>'/],
  timer: ['Milliseconds', 'Bytes', /'startTimer' is missing/],
  metric: ['queueDepth: gauge', 'depth: gauge', /'queueDepth' is missing/],
}

for (const compiler of ISOLATING) {
  const isolated = (files) =>
    compile(compiler, files, { module: 'node16', isolatedDeclarations: true })

  test(`${compiler} takes an interface of recorders as the annotation that isolatedDeclarations needs`, () => {
    const { errors, emitted } = isolated({
      'shop.mts': ANNOTATED,
      'local.mts': ANNOTATED.replace('export const shop: ShopMetrics', 'const shop'),
    })
    assert.equal(errors, '')
    assert.match(emitted('shop.d.mts'), /^export declare const shop: ShopMetrics;$/m)
    const { errors: without } = isolated({ 'shop.mts': ANNOTATED.replace(': ShopMetrics', '') })
    assert.match(without, /TS9010: Variable must have an explicit type annotation/)
  })

  test(`${compiler} refuses an annotation that says something else than the definition`, () => {
    const files = Object.entries(MISTAKES).map(([name, [from, to]]) => [
      `${name}.mts`,
      ANNOTATED.replace(from, to),
    ])
    const { errors } = isolated(Object.fromEntries(files))
    const byFile = errors.split(/^(?=\w+\.mts\()/m)
    assert.equal(byFile.length, files.length, errors)
    for (const [name, [, , message]] of Object.entries(MISTAKES)) {
      const error = byFile.find((one) => one.startsWith(`${name}.mts`))
      assert.match(error, /TS2322|TS2741/)
      assert.match(error, message)
    }
  })
}
