// What an editor shows of definitions and their recorders, by the language service of TypeScript.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** A file that is not there. In the package's folder, its name stands for its own types. */
const FILE = join(ROOT, '__test__/types/open.mts')
const VERSIONS = ['typescript-5', 'typescript-5.4']
/** The compilers. The files of a registry are parsed once. */
const compilers = Object.fromEntries(
  VERSIONS.map((version) => {
    const ts = createRequire(import.meta.url)(version)
    return [version, { ts, registry: ts.createDocumentRegistry(true) }]
  })
)

const SHOP = `
import { counter, defineMetrics, distribution, gauge } from '@sim/hkm-native'
import { captureMetrics } from '@sim/hkm-native/testing'

const capture = captureMetrics()
export const shop = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    /** Orders that were paid. */
    orders: counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    queueDepth: gauge({ unit: 'Count' }),
    checks: counter({
      dimensions: {
        /** Where the check ran. */
        region: 'AwsRegion',
        status: ['success', 'failed'],
        tool: { optional: true },
      },
    }),
  },
})
`

const WHOLE = `const shop: {
    readonly orders: Counter<{
        region: LabelValue;
        plan: LabelValue;
    }>;
    readonly latency: DurationDistribution<{
        region: LabelValue;
    }>;
    readonly queueDepth: Gauge<{}>;
    readonly checks: Counter<{
        region: LabelValue;
        status: "success" | "failed";
        tool?: LabelValue | null | undefined;
    }>;
}`
/** TypeScript 5.4 shows less of any long type. */
const SHORTENED = `const shop: {
    readonly orders: Counter<{
        region: LabelValue;
        plan: LabelValue;
    }>;
    readonly latency: DurationDistribution<{
        region: LabelValue;
    }>;
    readonly queueDepth: Gauge<...>;
    readonly checks: Counter<...>;
}`

let revisions = 0

/** Opens a file with the shop and further lines. `|` in one of them is where the cursor is. */
function open(version, ...lines) {
  const { ts, registry } = compilers[version]
  revisions += 1
  const revision = String(revisions)
  const [before, after = ''] = lines.join('\n').split('|')
  const text = SHOP + before + after
  const cursor = SHOP.length + before.length
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, '__test__/types/tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: assert.fail }
  )
  const read = (file) => (file === FILE ? text : ts.sys.readFile(file))
  const service = ts.createLanguageService(
    {
      getCompilationSettings: () => config.options,
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      getScriptFileNames: () => [FILE],
      getScriptVersion: (file) => (file === FILE ? revision : ''),
      getScriptSnapshot: (file) => {
        const content = read(file)
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
      },
      useCaseSensitiveFileNames: () => true,
      fileExists: (file) => file === FILE || ts.sys.fileExists(file),
      readFile: read,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    },
    registry
  )
  const plain = (parts = []) => parts.map((part) => part.text).join('')

  return {
    /** What is shown where the mouse rests on a text: the type, and the documentation. */
    hover(what) {
      const at = text.lastIndexOf(what) + what.length - 1
      const info = service.getQuickInfoAtPosition(FILE, at)
      assert.ok(info, `something is shown of ${what}`)
      return { type: plain(info.displayParts), documentation: plain(info.documentation) }
    },
    /** What is offered at the cursor, of what belongs there. */
    completions() {
      const entries = service.getCompletionsAtPosition(FILE, cursor, {})?.entries ?? []
      return entries.filter(({ sortText }) => sortText <= '12').map(({ name }) => name)
    },
    /** The parameters that are shown at the cursor, between the parentheses of a call. */
    parameters() {
      const { items } = service.getSignatureHelpItems(FILE, cursor, {})
      return items.map((item) => item.parameters.map((one) => plain(one.displayParts)))
    },
    /** The line of the definition of what is at the cursor. */
    definition() {
      const [{ fileName, textSpan }] = service.getDefinitionAtPosition(FILE, cursor)
      return read(fileName).slice(textSpan.start).split('\n')[0]
    },
    errors() {
      const found = [
        ...service.getSyntacticDiagnostics(FILE),
        ...service.getSemanticDiagnostics(FILE),
      ]
      return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    },
  }
}

for (const version of VERSIONS) {
  test(`${version} shows recorders by their kind and their labels`, () => {
    const { hover } = open(version, 'shop.orders', 'shop.queueDepth', 'shop.checks', 'shop.latency')
    const of = (what) => hover(what).type.replaceAll(/\s+/g, ' ')
    assert.equal(
      of('shop.orders'),
      '(property) orders: Counter<{ region: LabelValue; plan: LabelValue; }>'
    )
    assert.equal(of('shop.queueDepth'), '(property) queueDepth: Gauge<{}>')
    assert.equal(
      of('shop.checks'),
      '(property) checks: Counter<{ region: LabelValue; status: "success" | "failed"; tool?: LabelValue | null | undefined; }>'
    )
    assert.equal(
      of('shop.latency'),
      '(property) latency: DurationDistribution<{ region: LabelValue; }>'
    )
  })

  test(`${version} shows what a module defines in one screen`, () => {
    const { type } = open(version).hover('const shop')
    assert.equal(type, version === 'typescript-5.4' ? SHORTENED : WHOLE)
  })

  test(`${version} shows the parameters of a recorder, and its documentation`, () => {
    const { hover } = open(
      version,
      "shop.orders.add(1, { region: 'eu', plan: 'pro' })",
      'shop.queueDepth.set(7)'
    )
    const { type, documentation } = hover('shop.orders.add')
    assert.equal(
      type,
      `(method) Counter<{ region: LabelValue; plan: LabelValue; }>.add(amount: number, labels: {
    region: LabelValue;
    plan: LabelValue;
}): void`
    )
    assert.match(documentation, /^Adds an amount\. /)
    assert.equal(hover('shop.queueDepth.set').type, '(method) Gauge<{}>.set(value: number): void')
  })

  test(`${version} shows while a call is typed which arguments it takes`, () => {
    const parameters = (line) => open(version, line).parameters()
    const labels = 'labels: { region: LabelValue; plan: LabelValue; }'
    assert.deepEqual(parameters('shop.orders.add(1, |)'), [['amount: number', labels]])
    assert.deepEqual(parameters('shop.queueDepth.set(|)'), [['value: number']])
    assert.deepEqual(parameters('shop.orders.with(|)'), [[labels]])
    assert.deepEqual(parameters('capture.sum(shop.queueDepth|)'), [['metric: Gauge<{}>']])
    assert.equal(
      parameters('capture.sum(shop.latency, |)')[0][1],
      'labels?: LabelFilter<{ region: LabelValue; }> | undefined'
    )
  })

  test(`${version} shows timers by the labels that they still need`, () => {
    const { hover } = open(
      version,
      "const complete = shop.latency.startTimer({ region: 'eu' })",
      'const pending = shop.latency.startTimer()'
    )
    assert.equal(hover('const complete').type, 'const complete: Timer<{}>')
    assert.equal(
      hover('const pending').type,
      'const pending: PendingTimer<{\n    region: LabelValue;\n}>'
    )
  })

  test(`${version} shows what a definition says of a metric and of a label`, () => {
    const { hover } = open(
      version,
      'shop.orders.add',
      "shop.checks.add(1, { region: 'eu', status: 'failed' })"
    )
    assert.equal(hover('shop.orders').documentation, 'Orders that were paid.')
    assert.equal(hover('{ region').documentation, 'Where the check ran.')
  })

  test(`${version} goes from a recorder to its definition`, () => {
    assert.match(open(version, 'shop.ord|ers').definition(), /^orders: counter\(/)
    const label = "shop.checks.add(1, { reg|ion: 'eu', status: 'failed' })"
    assert.match(open(version, label).definition(), /^region: 'AwsRegion'/)
  })

  test(`${version} offers recorders, labels, values, units, options and roll-ups`, () => {
    const offered = (line) => open(version, line).completions().toSorted()
    assert.deepEqual(offered('shop.|'), ['checks', 'latency', 'orders', 'queueDepth'])
    assert.deepEqual(offered('shop.orders.|'), ['add', 'with'])
    assert.deepEqual(offered('shop.latency.|'), ['record', 'startTimer', 'with'])
    assert.deepEqual(offered('shop.queueDepth.|'), ['observe', 'set', 'with'])
    assert.deepEqual(offered('shop.orders.add(1, { | })'), ['plan', 'region'])
    assert.deepEqual(offered('shop.checks.add(1, { | })'), ['region', 'status', 'tool'])
    assert.deepEqual(offered("shop.checks.add(1, { status: '|' })"), ['failed', 'success'])
    assert.deepEqual(offered('shop.latency.startTimer({ | })'), ['region'])
    assert.deepEqual(offered('capture.sum(shop.checks, { | })'), ['region', 'status', 'tool'])
    assert.deepEqual(offered("capture.sum(shop.checks, { status: '|' })"), ['failed', 'success'])
    assert.deepEqual(offered("counter({ dimensions: ['a', 'b'], rollups: [['|']] })"), ['a', 'b'])
    assert.ok(offered("distribution({ unit: '|' })").includes('Milliseconds'))
    assert.deepEqual(offered('counter({ dimensions: { tool: { | } } })'), [
      'name',
      'optional',
      'redact',
      'values',
    ])
  })

  test(`${version} says in an error which label or option is wrong`, () => {
    const error = (line) => open(version, line).errors().join('\n')
    assert.match(
      error("shop.orders.add(1, { region: 'eu' })"),
      /^Argument .*\n.*Property 'plan' is missing/
    )
    assert.match(
      error("shop.orders.add(1, { region: 'eu', paln: 'pro' })"),
      /'paln' does not exist in type .*|Did you mean to write 'plan'/
    )
    assert.match(error('shop.orders.add(1)'), /^Expected 2 arguments, but got 1/)
    assert.match(error("counter({ unit: 'Millisecond' })"), /Did you mean '"Milliseconds"'/)
    assert.match(
      error("distribution({ unit: 'Millisecond' })"),
      /"Millisecond"' is not .* 'Unit.* Did you mean '"Milliseconds"'/
    )
    assert.match(
      error("shop.latency.startTimer({ regoin: 'eu' })"),
      /'regoin' does not exist in type 'Partial<.*Did you mean to write 'region'/
    )
    assert.match(
      error("capture.sum(shop.latency, { regoin: 'eu' })"),
      /^Object literal .* 'regoin' does not exist in .* Did you mean to write 'region'/
    )
    assert.match(error("counter({ dimensions: ['a'], rollups: [['b']] })"), /'"b"' is not .* '"a"'/)
    assert.match(error("counter({ dimension: ['a'] })"), /Did you mean to write 'dimensions'/)
  })
}
