// `hkm-native dashboard | alarms | policy | reference`, as a person calls them.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMMAND = join(ROOT, 'cli/main.js')

let folder

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'commands-'))
})

after(() => rmSync(folder, { recursive: true }))

/** Calls the command in a folder of modules. */
function call(args, env = {}) {
  const { PATH, HOME } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH, HOME, ...env },
    timeout: 30_000,
  })
  return { status, stdout, stderr }
}

function made(...args) {
  const { status, stdout, stderr } = call(args)
  assert.equal(status, 0, stderr)
  return stdout
}

const json = (...args) => JSON.parse(made(...args))

/** Writes a module that exports definitions. */
function module(name, text) {
  const path = JSON.stringify(ROOT)
  const load = name.endsWith('.mjs')
    ? `import { createRequire } from 'node:module'\nconst hkm = createRequire(import.meta.url)(${path})`
    : `const hkm = require(${path})`
  const names = 'const { defineMetrics, counter, distribution, gauge } = hkm'
  writeFileSync(join(folder, name), `${load}\n${names}\n${text}\n`)
}

const SHOP = `defineMetrics({
  namespace: 'Shop/Orders',
  metrics: {
    placed: counter({ dimensions: ['country'], rollups: [[]], description: 'Orders that were placed' }),
    lost: counter({ dimensions: ['country'], rollups: [[]] }),
    checkout: counter({ dimensions: { status: ['ok', 'failed'] }, rollups: [[]] }),
    payTime: distribution({ unit: 'Seconds', dimensions: ['country'], rollups: [[]] }),
    queue: gauge({ dimensions: ['country'] }),
  },
})`

describe('metrics are found', () => {
  const reference = (...args) =>
    [...made('reference', ...args).matchAll(/^## (.*)$/gm)].map(([, name]) => name)

  test('in what a CommonJS module exports', () => {
    module('shop.cjs', `module.exports = { metrics: ${SHOP} }`)
    assert.deepEqual(reference('./shop.cjs'), ['Placed', 'Lost', 'Checkout', 'PayTime', 'Queue'])
  })

  test('in what an ES module exports, also as its default', () => {
    module('named.mjs', `export const shop = ${SHOP}`)
    module('default.mjs', `export default ${SHOP}`)
    assert.equal(reference('./named.mjs').length, 5)
    assert.equal(reference('default.mjs').length, 5)
  })

  test('in single recorders, and each once', () => {
    module(
      'one.cjs',
      `const metrics = ${SHOP}\nmodule.exports = { placed: metrics.placed, again: metrics.placed }`
    )
    assert.deepEqual(reference('./one.cjs'), ['Placed'])
    assert.deepEqual(reference('./one.cjs', './shop.cjs')[0], 'Placed')
    assert.equal(reference('./one.cjs', './shop.cjs').length, 5)
  })

  test('in the catalogues', () => {
    assert.deepEqual(reference(), reference('hosted-key'))
    assert.equal(reference('hosted-key', 'workflow').length, 14)
  })

  test('and a module is told about that has none, is not there, or cannot be loaded', () => {
    module('none.cjs', 'module.exports = { answer: 42 }')
    module('broken.cjs', 'throw new Error("no database")')
    module('nothing.cjs', 'throw undefined')
    module('syntax.cjs', 'exports.metrics = {')
    const cases = {
      './none.cjs': /none\.cjs exports no metrics: export what defineMetrics\(\) returns/,
      './missing.cjs': /there is no module \.\/missing\.cjs/,
      './broken.cjs': /broken\.cjs cannot be loaded: no database/,
      './nothing.cjs': /nothing\.cjs cannot be loaded: undefined/,
      './syntax.cjs':
        /syntax\.cjs cannot be loaded: Unexpected end of input \(\S+syntax\.cjs:\d+\)/,
      'no-such-package':
        /no-such-package cannot be loaded: [\s\S]*A module of your own is named by its path/,
    }
    for (const [name, message] of Object.entries(cases)) {
      const { status, stdout, stderr } = call(['reference', name])
      assert.deepEqual([status, stdout], [2, ''])
      assert.match(stderr, message)
      assert.doesNotMatch(stderr, /\n {4}at /)
    }
  })
})

test('what a module begins keeps nobody waiting, and what it prints is not in the output', () => {
  module(
    'server.mjs',
    `export const shop = ${SHOP}
console.log('begun')
import { createServer } from 'node:http'
createServer().listen(0, '127.0.0.1')
setInterval(() => {}, 1_000)`
  )
  const { status, stdout, stderr } = call(['policy', './server.mjs'])
  assert.deepEqual([status, stderr], [0, 'begun\n'])
  assert.deepEqual(JSON.parse(stdout).Version, '2012-10-17')
})

test('without a command it tells what there is', () => {
  for (const args of [[], ['help'], ['--help'], ['-h']])
    assert.match(made(...args), /^Usage: hkm-native COMMAND/)
  assert.match(made('--version'), /^\d+\.\d+\.\d+\n$/)
})

const WRONG = [
  [['fly'], /there is no command fly; there are doctor, dashboard, alarms, policy, reference/],
  [['constructor'], /there is no command constructor/],
  [['alarms', '--color', 'red'], /Unknown option '--color'/],
  [['alarms', '--format', 'yaml'], /--format must be json, cloudformation or terraform, not yaml/],
  [['alarms', '--period', '45'], /--period must be 10, 20, 30 or a multiple of 60 seconds, not 45/],
  [['alarms', '--wait', 'long'], /--wait must be a number above 0, not long/],
  [['alarms', '--wait', '1,2,3'], /--wait takes a warning and a higher critical threshold/],
  [['alarms', '--wait', '30000,5000'], /--wait takes a warning and a higher critical threshold/],
  [['alarms', '--budget', '80,80'], /--budget takes a warning and a higher critical threshold/],
  [['alarms', '--failure-rate', '5,100'], /--failure-rate takes .*, as 5,20, to 99\n/],
  [['alarms', '--silence', '900,604801'], /--silence takes .*, to 604800\n/],
  [
    ['alarms', '--rollups', '--silence', '900,1000'],
    /--silence 900,1000 is 15 minutes twice, in whole periods/,
  ],
  [['alarms', '--period', '86460'], /--period must be at most 86400 for alarms/],
  [
    ['alarms', '--period', '30'],
    /--period 30 must be of metrics with storageResolution 1, not Used/,
  ],
  [['dashboard', '--period', '10'], /--period 10 must be of metrics with storageResolution 1/],
  [['alarms', '--critical-action='], /--critical-action must be an ARN/],
  [['alarms', '--warning-action', 'team'], /--warning-action must be an ARN/],
  [
    ['alarms', ...Array(6).fill('--warning-action=arn:aws:sns:us-east-1:123456789012:team')],
    /--warning-action must be an ARN, five at most/,
  ],
  [['alarms', '--environment='], /--environment "": it must not be blank/],
  [['alarms', '--environment', 'größe'], /--environment "größe": it must have printable ASCII/],
  [['dashboard', '--region='], /--region "": it must not be blank/],
  [['alarms', '--label', 'provider=é'], /--label "é": it must have printable ASCII/],
  [['dashboard', '--label', 'nosuch=x'], /no metric has the label nosuch; there are provider, /],
  [['alarms', '--budget', '-1'], /--budget/],
  [['alarms', '--label', 'provider'], /--label must be as provider=openai, not provider/],
  [['alarms', '--failed', 'Failed'], /--failed needs either --succeeded or --total/],
  [['alarms', '--total', 'Used'], /--succeeded and --total need --failed/],
  [
    ['alarms', '--failed', 'Nope', '--total', 'Used'],
    /there is no counter Nope; there are Used, Failed/,
  ],
  [['dashboard', '--environment', "it's"], /--environment must have no quotes, not it's/],
  [['dashboard', '--name', 'my shop'], /--name may have letters, digits, - and _, not my shop/],
]
for (const [args, message] of WRONG) {
  test(`refuses ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = call(args)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, message)
    assert.doesNotMatch(stderr, /\n {4}at /)
  })
}

describe('alarms', () => {
  const namesOf = (alarms) => alarms.map(({ AlarmName }) => AlarmName)

  test('of the catalogue are about its roll-ups alone, a warning and a critical one each', () => {
    const alarms = json('alarms', '--rollups')
    assert.deepEqual(namesOf(alarms), [
      'production-Sim-HostedKey-Calls-on-hosted-keys-failures-warning',
      'production-Sim-HostedKey-Calls-on-hosted-keys-failures-critical',
      'production-Sim-HostedKey-Throttled-throttling-warning',
      'production-Sim-HostedKey-Throttled-throttling-critical',
      'production-Sim-HostedKey-QueueWaitDuration-p99-warning',
      'production-Sim-HostedKey-QueueWaitDuration-p99-critical',
      'production-Sim-HostedKey-CostCharged-cost-warning',
      'production-Sim-HostedKey-CostCharged-cost-critical',
      'production-Sim-HostedKey-silence-warning',
      'production-Sim-HostedKey-silence-critical',
    ])
  })

  test('are not made where the roll-up is missing, and the command says which one to add', () => {
    const { status, stdout, stderr } = call(['alarms'])
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(
      stderr,
      /Failed has the roll-up \[\] only with HKM_ROLLUPS=true: set it for the application, and --rollups here/
    )
    module(
      'bare.cjs',
      "module.exports = defineMetrics({ namespace: 'Bare', metrics: { timeouts: counter({ dimensions: ['host'] }) } })"
    )
    assert.match(
      call(['alarms', './bare.cjs']).stderr,
      /Timeouts has no roll-up \[\]: add rollups: \[\[\]\] to its definition/
    )
    assert.match(call(['alarms', './bare.cjs', '--label', 'host=a']).stdout, /"Value": "a"/)
  })

  test('follow HKM_ROLLUPS and HKM_STORAGE_RESOLUTION as the application does', () => {
    for (const HKM_ROLLUPS of ['true', 'TRUE', '1', 'on', 'yes']) {
      assert.equal(call(['alarms'], { HKM_ROLLUPS }).status, 0)
    }
    assert.equal(call(['alarms'], { HKM_ROLLUPS: 'off' }).status, 2)
    const env = { HKM_ROLLUPS: '1', HKM_STORAGE_RESOLUTION: '1' }
    assert.equal(call(['alarms', '--period', '10', '--silence', '900'], env).status, 0)
  })

  test('of one provider are about the roll-up by provider', () => {
    const alarms = json('alarms', '--rollups', '--label', 'provider=openai')
    assert.equal(alarms.length, 10)
    for (const alarm of alarms) {
      const sets = alarm.Dimensions
        ? [alarm.Dimensions]
        : alarm.Metrics.flatMap(({ MetricStat }) =>
            MetricStat?.Metric.Dimensions ? [MetricStat.Metric.Dimensions] : []
          )
      for (const set of sets) {
        assert.deepEqual(set, [
          { Name: 'Environment', Value: 'production' },
          { Name: 'Provider', Value: 'openai' },
        ])
      }
    }
  })

  test('of other definitions are known from labels, units, and what the command is told', () => {
    const names = namesOf(
      json(
        'alarms',
        './shop.cjs',
        '--failed',
        'lost',
        '--succeeded',
        'placed',
        '--environment',
        'test'
      )
    )
    assert.deepEqual(
      names.filter((name) => name.endsWith('warning')),
      [
        'test-Shop-Orders-Checkout-failures-warning',
        'test-Shop-Orders-lost-failures-warning',
        'test-Shop-Orders-PayTime-p99-warning',
        'test-Shop-Orders-silence-warning',
      ]
    )
  })

  test('have thresholds in the unit of the metric', () => {
    const [warning] = json('alarms', './shop.cjs', '--wait', '2500').filter(
      ({ MetricName }) => MetricName === 'PayTime'
    )
    assert.equal(warning.Threshold, 2.5)
  })

  test('tell whom to tell, and where to read on', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:team'
    const alarms = json(
      'alarms',
      '--rollups',
      '--critical-action',
      topic,
      '--runbook',
      'https://wiki.example/keys',
      '--prefix',
      'sim'
    )
    for (const { AlarmName, AlarmDescription, AlarmActions, OKActions } of alarms) {
      const isCritical = AlarmName.endsWith('critical')
      assert.deepEqual(
        [AlarmActions, OKActions],
        isCritical ? [[topic], [topic]] : [undefined, undefined]
      )
      assert.match(AlarmDescription, /Runbook: https:\/\/wiki\.example\/keys$/)
      assert.match(AlarmName, /^sim-production-/)
    }
  })

  test('keep the name of an environment with other characters', () => {
    const [alarm] = json('alarms', 'workflow', '--rollups', '--environment', 'eu west/1').slice(-1)
    assert.match(alarm.AlarmName, /^eu-west-1-/)
    assert.match(JSON.stringify(alarm), /"Value":"eu west\/1"/)
  })
})

describe('alarms of definitions', () => {
  /** The alarms and the notes of definitions, which are given as the lists of metrics of each namespace. */
  function alarmsOf(namespaces, ...args) {
    const definitions = Object.entries(namespaces).map(
      ([namespace, metrics]) =>
        `defineMetrics({ namespace: '${namespace}', metrics: { ${metrics} } })`
    )
    module('given.cjs', `module.exports = { ...[${definitions.join()}] }`)
    const { stdout, stderr } = call(['alarms', './given.cjs', ...args])
    return { alarms: stdout && JSON.parse(stdout), notes: stderr }
  }
  const TIME = (name) => `${name}: distribution({ name: '${name}', unit: 'Seconds' })`
  const long = 'a'.repeat(255)

  const SAME = [
    ['of one name in two namespaces', { 'Shop/A': TIME('t'), 'Shop/B': TIME('t') }],
    ['in namespaces that differ in punctuation', { 'Shop/A': TIME('t'), 'Shop-A': TIME('t') }],
    [
      'that differ in punctuation and case',
      {
        Shop: `a: distribution({ name: 'a b', unit: 'Seconds' }),
        b: distribution({ name: 'a-B', unit: 'Seconds' }),
        c: distribution({ name: 'a b-2', unit: 'Seconds' })`,
      },
    ],
    ['of great length', { [long]: `${TIME(`${long.slice(1)}b`)}, ${TIME(`${long.slice(1)}c`)}` }],
  ]
  for (const [what, namespaces] of SAME) {
    test(`${what} have names of their own, in each format`, () => {
      const { alarms } = alarmsOf(namespaces)
      const names = alarms.map(({ AlarmName }) => AlarmName)
      assert.ok(alarms.length >= 4)
      assert.equal(new Set(names).size, alarms.length)
      assert.ok(names.every((name) => name.length <= 255 && /-p99-(warning|critical)$/.test(name)))
      const template = alarmsOf(namespaces, '--format', 'cloudformation').alarms
      assert.equal(Object.keys(template.Resources).length, alarms.length)
      const { resource } = alarmsOf(namespaces, '--format', 'terraform').alarms
      assert.equal(Object.keys(resource.aws_cloudwatch_metric_alarm).length, alarms.length)
    })
  }

  const RESULT = `done: counter({ dimensions: { status: ['ok', 'failed', 'error'] }, rollups: [[]] })`
  const failures = ({ alarms }) => alarms.find(({ AlarmName }) => /failures/.test(AlarmName))

  test('count each value that means a failure', () => {
    const { Metrics } = failures(alarmsOf({ Shop: RESULT }))
    const values = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? [])
      .filter(({ Name }) => Name === 'Status')
      .map(({ Value }) => Value)
    assert.deepEqual(values, ['failed', 'error'])
    assert.equal(Metrics.find(({ Id }) => Id === 'failures').Expression, 'SUM([m1, m2, total * 0])')
  })

  test('are not of failures where --label takes the place of what tells them', () => {
    for (const command of ['alarms', 'dashboard']) {
      alarmsOf({ Shop: RESULT })
      const { stdout, stderr } = call([command, './given.cjs', '--label', 'status=ok'])
      assert.match(stderr, /: failures of Done need all values of status, not one --label/)
      assert.doesNotMatch(stdout, /failures/i)
    }
  })

  test('say which label a metric lacks', () => {
    const { notes } = alarmsOf({ A: RESULT, B: TIME('t') }, '--label', 'status=ok')
    assert.match(notes, /no alarm: t has no label status/)
  })

  const counters = (count) =>
    Array.from({ length: count }, (_, at) => `c${at}: counter({ name: 'c${at}' })`).join()

  test('of silence are a pair for each namespace, over ten series that exist', () => {
    const bare = `x: counter({ dimensions: ['host'] })`
    const { alarms, notes } = alarmsOf({ A: `${bare}, ${counters(11)}`, B: counters(1) })
    assert.deepEqual(
      alarms.map(({ AlarmName, Metrics }) => [AlarmName, Metrics.length]),
      [
        ['production-A-silence-warning', 11],
        ['production-A-silence-critical', 11],
        ['production-B-silence-warning', 2],
        ['production-B-silence-critical', 2],
      ]
    )
    assert.match(alarms[0].AlarmDescription, /by c0, .*, c9 for 15 minutes/)
    assert.match(notes, /no alarm: X has no roll-up \[\]/)
    assert.match(notes, /no alarm: silence of c10: an alarm is on at most 10 metrics\n/)
  })

  test('of silence have periods that reach far enough', () => {
    const { alarms } = alarmsOf({ A: counters(1) }, '--silence', '86400,604800')
    assert.deepEqual(
      alarms.map(({ EvaluationPeriods, Metrics }) => [
        EvaluationPeriods,
        Metrics[0].MetricStat.Period,
      ]),
      [
        [288, 300],
        [168, 3_600],
      ]
    )
  })

  test('of silence do not depend on a long --period', () => {
    const { alarms } = alarmsOf({ A: counters(1) }, '--period', '3600')
    assert.deepEqual(
      alarms.map(({ EvaluationPeriods }) => EvaluationPeriods),
      [3, 12]
    )
  })

  test('of failures are on ten metrics at most', () => {
    const told = ['--failed', 'c0', '--total', 'c1,c2,c3,c4,c5,c6,c7,c8,c9,c10']
    const made = alarmsOf({ A: counters(11) }, ...told)
    assert.equal(failures(made), undefined)
    assert.match(made.notes, /no alarm: failures of c0: an alarm is on at most 10 metrics/)
  })

  test('have descriptions that CloudWatch takes', () => {
    const { alarms } = alarmsOf({ A: counters(1) }, '--runbook', `https://${'a'.repeat(2_000)}`)
    assert.equal(alarms[0].AlarmDescription.length, 1_024)
  })
})

test('an empty AWS_REGION is not set', () => {
  const region = (env) => JSON.parse(call(['dashboard'], env).stdout).widgets[1].properties.region
  assert.equal(region({ AWS_REGION: '' }), 'us-east-1')
  assert.equal(region({ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-1' }), 'eu-west-1')
})

describe('CloudWatch takes', () => {
  let client
  let close

  beforeEach(async () => {
    ;({ client, close } = await startWithClient())
  })

  afterEach(() => close())

  const sets = [
    ['hosted-key'],
    ['hosted-key', '--rollups'],
    ['workflow', '--rollups'],
    ['hosted-key', 'workflow', '--rollups'],
    ['./shop.cjs'],
    ['./shop.cjs', '--period', '86400', '--silence', '90000,604800'],
  ]
  for (const args of sets) {
    test(`the dashboard of ${args.join(' ')}`, async () => {
      const DashboardBody = made('dashboard', ...args)
      const { DashboardValidationMessages } = await client.putDashboard({
        DashboardName: 'all',
        DashboardBody,
      })
      assert.deepEqual(DashboardValidationMessages, [])
    })
    if (args.length === 1 && args[0] === 'hosted-key') continue
    test(`the alarms of ${args.join(' ')}`, async () => {
      const alarms = json('alarms', ...args)
      for (const alarm of alarms) await client.putMetricAlarm(alarm)
      const { MetricAlarms } = await client.describeAlarms({})
      assert.equal(MetricAlarms.length, alarms.length)
    })
  }
})

describe('a dashboard that is made of too much', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`d${at}${'x'.repeat(100)}`, 'y'.repeat(100)])
  )
  const CASES = {
    'widgets.cjs': [
      `metrics: Object.fromEntries(Array.from({ length: 502 }, (_, at) => ['c' + at, counter()]))`,
      /^hkm-native: not drawn: the last 3 widgets: a dashboard has at most 500\n$/,
    ],
    'search.cjs': [
      `defaultDimensions: ${JSON.stringify(wide)}, metrics: { used: counter({ dimensions: ['who'] }) }`,
      /^hkm-native: not drawn: Used by Who: a search has no quotes in names, and at most 1024 char/,
    ],
    'quotes.cjs': [
      `metrics: { used: counter({ name: "it's", dimensions: ['who'] }) }`,
      /^hkm-native: not drawn: it's by Who: a search has no quotes in names/,
    ],
  }
  for (const [file, [text, note]] of Object.entries(CASES)) {
    test(`is one that CloudWatch takes, with a note (${file})`, async () => {
      module(file, `module.exports = defineMetrics({ namespace: 'Much', ${text} })`)
      const { stdout, stderr } = call(['dashboard', `./${file}`])
      assert.match(stderr, note)
      const { client, close } = await startWithClient()
      const dashboard = { DashboardName: 'much', DashboardBody: stdout }
      const answer = await client.putDashboard(dashboard).finally(close)
      assert.deepEqual(answer.DashboardValidationMessages, [])
    })
  }
})

test('the legend of a search shows the value of its label', () => {
  const labels = json('dashboard', './shop.cjs').widgets.flatMap(({ properties }) =>
    (properties.metrics ?? []).flat().flatMap(({ id, label }) => (id === 'found' ? label : []))
  )
  assert.equal(labels[0], ['$', "{PROP('Dim.Country')}"].join(''))
})

test('a dashboard leaves out what a search cannot name', () => {
  module(
    'quoted.cjs',
    `module.exports = defineMetrics({ namespace: 'Quoted', metrics: {
      used: counter({ dimensions: { who: { name: "it's" }, what: {} }, rollups: [['who'], ['what'], []] }),
    } })`
  )
  const { widgets } = json('dashboard', './quoted.cjs')
  const titles = widgets.map(({ properties }) => properties.title).filter(Boolean)
  assert.deepEqual(titles, ['Used', 'Used by What'])
})

test('the policy allows the namespaces, and nothing else', () => {
  const { Statement } = json('policy', 'hosted-key', './shop.cjs')
  assert.deepEqual(
    Statement.map(({ Action, Condition }) => [Action, Condition]),
    [
      [
        'cloudwatch:PutMetricData',
        { StringEquals: { 'cloudwatch:namespace': ['Shop/Orders', 'Sim/HostedKey'] } },
      ],
    ]
  )
})

test('Terraform reads no template in a name', () => {
  const name = ['$', '{x}%', '{y}'].join('')
  module(
    'template.cjs',
    `module.exports = defineMetrics({ namespace: 'T', defaultDimensions: { '${name}': 'z' },
      metrics: { used: counter() } })`
  )
  const { resource } = json('alarms', './template.cjs', '--format', 'terraform')
  const [alarm] = Object.values(resource.aws_cloudwatch_metric_alarm)
  assert.deepEqual(Object.keys(alarm.metric_query[0].metric[0].dimensions), [
    'Environment',
    ['$$', '{x}%%', '{y}'].join(''),
  ])
})

test('Terraform reads no template in a text', () => {
  const { resource } = json(
    'alarms',
    'workflow',
    '--rollups',
    '--format',
    'terraform',
    '--runbook',
    ['https://wiki.example/$', '{team}%{x}'].join('')
  )
  const [alarm] = Object.values(resource.aws_cloudwatch_metric_alarm)
  assert.match(alarm.alarm_description, /\$\$\{team\}%%\{x\}$/)
})
