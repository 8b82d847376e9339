// `npx @sim/local-cloudwatch`, as a person calls it.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sdk } from '../testkit/peers/local-client.mjs'

const COMMAND = fileURLToPath(new URL('../local-cloudwatch/src/main.mjs', import.meta.url))

const BODY = {
  widgets: [{ type: 'text', width: 6, height: 2, properties: { markdown: '# Shop' } }],
}
const ALARM = {
  AlarmName: 'failures',
  Namespace: 'Shop/Orders',
  MetricName: 'Failed',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
}

let folder
const running = []
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-command-'))
})
after(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function write(name, value) {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

function call(...args) {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { PATH: process.env.PATH } })
  running.push(child)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  return { child, output, ended }
}

/** Starts it on a free port, and waits for what it prints. */
async function start(...args) {
  const { child, output, ended } = call('--port', '0', ...args)
  while (!output.stdout.includes('AWS_REGION')) {
    await Promise.race([
      once(child.stdout, 'data'),
      ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
    ])
  }
  const endpoint = /AWS_ENDPOINT_URL_CLOUDWATCH=(\S+)/.exec(output.stdout)[1]
  return { child, ended, endpoint }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`it prints what to set, serves the page, and ends by ${signal}`, async () => {
    const { child, ended, endpoint } = await start()
    assert.match(await (await fetch(endpoint)).text(), /<title>Local CloudWatch<\/title>/)
    child.kill(signal)
    const { code, stderr } = await ended
    assert.deepEqual([code, stderr], [0, ''])
  })
}

test('it goes on when nobody reads what it prints', async () => {
  const { child, ended } = call('--port', '0')
  child.stdout.destroy()
  const early = await Promise.race([ended, setTimeout(1_500, 'runs')])
  assert.equal(early, 'runs')
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.deepEqual([code, stderr], [0, ''])
})

test('it ends with 1 when what it prints cannot be written', {
  skip: !existsSync('/dev/full'),
}, () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, '--help'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  assert.deepEqual([status, stderr], [1, ''])
})

test('-h prints the same as --help', async () => {
  const [short, long] = await Promise.all([call('-h').ended, call('--help').ended])
  assert.match(short.stdout, /^Usage: local-cloudwatch/)
  assert.deepEqual(short, long)
})

test('dashboards and alarms are there from the start', async () => {
  const { endpoint } = await start(
    '--dashboard',
    write('shop.json', BODY),
    '--alarms',
    write('alarms.json', [ALARM, { ...ALARM, AlarmName: 'more' }])
  )
  const client = sdk(endpoint, Date.now())
  try {
    const { DashboardBody } = await client.getDashboard({ DashboardName: 'shop' })
    assert.deepEqual(JSON.parse(DashboardBody), BODY)
    const { MetricAlarms } = await client.describeAlarms({})
    assert.deepEqual(
      MetricAlarms.map(({ AlarmName }) => AlarmName),
      ['failures', 'more']
    )
  } finally {
    client.destroy()
  }
})

describe('it says what is wrong, and ends:', () => {
  const cases = {
    'a dashboard that CloudWatch refuses': {
      args: () => ['--dashboard', write('bad.json', { widgets: [{ type: 'nope' }] })],
      code: 1,
      told: /PutDashboard of bad was refused: .*\/widgets\/0\/type/,
    },
    'an alarm that CloudWatch refuses': {
      args: () => ['--alarms', write('bad.json', [{ ...ALARM, Period: 45 }])],
      code: 1,
      told: /PutMetricAlarm of failures was refused: .*[Pp]eriod/,
    },
    'alarms that are no list': {
      args: () => ['--alarms', write('one.json', ALARM)],
      code: 2,
      told: /one\.json must be a list of inputs of PutMetricAlarm/,
    },
    'a list of alarms with something else': {
      args: () => ['--alarms', write('null.json', [ALARM, null])],
      code: 2,
      told: /null\.json: item 1 must be an input of PutMetricAlarm/,
    },
    'a dashboard whose file has another name': {
      args: () => ['--dashboard', write('my dash.json', BODY)],
      code: 2,
      told: /my dash\.json: a dashboard has the name of its file, .* letters, digits, - and _/,
    },
    'alarms that are no JSON': {
      args: () => ['--alarms', write('text.json', 'alarms')],
      code: 2,
      told: /text\.json is no JSON: /,
    },
    'a file that is not there': {
      args: () => ['--dashboard', join(folder, 'nowhere.json')],
      code: 2,
      told: /nowhere\.json cannot be read: ENOENT/,
    },
    'a port that is none': {
      args: () => ['--port', '70000'],
      code: 2,
      told: /--port must be 0 to 65535, not 70000/,
    },
    'a host that others reach': {
      args: () => ['--host', '0.0.0.0'],
      code: 2,
      told: /--host must be 127\.0\.0\.1 or ::1, not 0\.0\.0\.0: nobody else may reach it/,
    },
    'an option that is none': { args: () => ['--open'], code: 2, told: /Unknown option '--open'/ },
  }
  for (const [name, { args, code, told }] of Object.entries(cases)) {
    test(name, async () => {
      const all = args()
      const { ended } = call(...(all.includes('--port') ? all : ['--port', '0', ...all]))
      const end = await ended
      assert.match(end.stderr, told)
      assert.deepEqual([end.code, end.stdout], [code, ''])
      assert.doesNotMatch(end.stderr, /\n {4}at /)
    })
  }

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const { code, stderr } = await call('--port', String(other.address().port)).ended
      assert.equal(code, 1)
      assert.match(stderr, /EADDRINUSE.*: choose another --port/)
    } finally {
      other.close()
    }
  })
})
