// The page of the local CloudWatch as a server: what it answers, and to whom.

import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { at, datum, NOW, put, sdk } from '../testkit/peers/local-client.mjs'

let now
let cloudwatch
let client

beforeEach(async () => {
  now = NOW
  cloudwatch = await startLocalCloudWatch({ now: () => now, page: true })
  client = sdk(cloudwatch.endpoint)
})

afterEach(async () => {
  client.destroy()
  await cloudwatch.close()
})

/** A request with any headers, as `fetch` does not allow it. */
function ask(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${cloudwatch.endpoint}${path}`,
      { method, headers },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          })
        })
      }
    )
    request.once('error', reject)
    request.end(body)
  })
}

test('the page and all that it needs come from here, and it may load nothing else', async () => {
  const seen = new Map()
  const queue = ['/']
  while (queue.length > 0) {
    const path = queue.pop()
    if (seen.has(path)) continue
    const answer = await ask(path)
    assert.equal(answer.status, 200, path)
    seen.set(path, answer)
    assert.match(answer.headers['content-security-policy'], /default-src 'none'/)
    assert.equal(answer.headers['x-content-type-options'], 'nosniff')
    const found = answer.text.matchAll(/(?:href|src)="(\/[^"]*)"|from '\.\/([^']+)'/g)
    for (const [, absolute, relative] of found) queue.push(absolute ?? `/page/${relative}`)
  }
  assert.ok(seen.has('/page/uplot.mjs') && seen.has('/page/uplot.css'))
  assert.doesNotMatch(seen.get('/').text, /https?:\/\/|<script>|style="/)
})

test('other paths are not there', async () => {
  for (const path of [
    '/page/',
    '/page/../package.json',
    '/page/%2e%2e/package.json',
    '/constructor',
    '/local/',
  ]) {
    assert.equal((await ask(path)).status, 404, path)
  }
})

const STRANGERS = {
  'a name that points to loopback': { host: 'evil.example' },
  'a name that begins like loopback': { host: '127.0.0.1.evil.example' },
  'a name that ends like loopback': { host: 'evillocalhost' },
  'an address of the network': { host: '192.168.1.7:4586' },
  'no sensible name': { host: ':::' },
  'a page of somebody else': { origin: 'https://evil.example' },
  'a page of another port': { origin: 'http://127.0.0.1:1' },
  'a page without an origin': { origin: 'null' },
}

describe('nobody else may read or change it:', () => {
  const requests = {
    'the page': ['/', {}],
    'the events': ['/local/events', {}],
    'the cost': ['/local/cost', {}],
    'a fault': ['/local/fault', { method: 'POST', body: '{"fault":"outage"}' }],
    'the API': [
      '/',
      {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics',
        },
        body: '{}',
      },
    ],
  }
  for (const [what, [path, options]] of Object.entries(requests)) {
    for (const [who, headers] of Object.entries(STRANGERS)) {
      test(`${what}, by ${who}`, async () => {
        const answer = await ask(path, { ...options, headers: { ...options.headers, ...headers } })
        assert.equal(answer.status, 403)
        assert.equal(answer.headers['access-control-allow-origin'], undefined)
      })
    }
  }

  for (const host of [
    '127.0.0.1',
    'localhost:4586',
    '[::1]:4586',
    'LOCALHOST',
    'metrics.localhost',
  ]) {
    test(`but ${host} is this machine`, async () => {
      assert.equal((await ask('/', { headers: { host } })).status, 200)
    })
  }

  test('and the page itself may', async () => {
    const { host } = new URL(cloudwatch.endpoint)
    const headers = { host, origin: cloudwatch.endpoint }
    assert.equal(
      (await ask('/local/fault', { method: 'POST', headers, body: '{"fault":null}' })).status,
      200
    )
  })

  test('without a page, the API answers to every name, as it did', async () => {
    const plain = await startLocalCloudWatch()
    const { port } = new URL(plain.endpoint)
    const status = await new Promise((resolve) => {
      const options = { port, method: 'POST', headers: { host: 'monitoring.example' } }
      httpRequest(options, (response) => resolve(response.resume().statusCode)).end()
    })
    assert.equal(status, 404)
    await plain.close()
  })
})

describe('a fault', () => {
  const switchTo = (fault) =>
    ask('/local/fault', { method: 'POST', body: JSON.stringify({ fault }) })
  const send = () => client.putMetricData(put(datum()))

  for (const [fault, problem] of Object.entries({
    throttle: { name: 'Throttling' },
    denied: { name: 'AccessDenied' },
    outage: { code: 'ECONNRESET' },
  })) {
    test(`${fault} can be switched on and off`, async () => {
      assert.equal((await switchTo(fault)).status, 200)
      await assert.rejects(send(), problem)
      // Only what sends is hit.
      await client.listMetrics({})
      await switchTo(null)
      await send()
    })
  }

  for (const body of [
    '{"fault":"fire"}',
    '{"fault":"constructor"}',
    '{}',
    'null',
    '{',
    'x'.repeat(2_000),
  ]) {
    test(`${body.slice(0, 30)} is refused`, async () => {
      const { status, text } = await ask('/local/fault', { method: 'POST', body })
      assert.equal(status, 400)
      assert.match(text, /null or one of throttle, outage, slow, denied/)
    })
  }
})

test('events tell each request but those of the page, and what was refused and why', async () => {
  await client.putMetricData(put(datum(), datum({ MetricName: 'Other' })))
  await client.putMetricData(put(datum({ Unit: 'Furlongs' }))).catch(() => {})
  await client.putMetricData(put()).catch(() => {})
  await ask('/', {
    method: 'POST',
    headers: { 'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics', 'x-local-page': '1' },
    body: '{}',
  })
  const events = await firstEvents()
  const [first, second, question, ...more] = events.requests.requests
  assert.deepEqual(more, [])
  assert.deepEqual(
    { ...first, wireBytes: 0 },
    {
      number: 0,
      at: NOW,
      isQuestion: false,
      isRefused: false,
      operation: 'PutMetricData',
      status: 200,
      namespace: 'Sim/Test',
      datums: 2,
      wireBytes: 0,
    }
  )
  assert.equal(second.errorCode, 'InvalidParameterValue')
  assert.match(second.errorMessage, /Unit must be a value in the set/)
  assert.deepEqual([question.errorCode, question.isQuestion], ['MissingParameter', true])
  assert.deepEqual(events.state, { revision: 3, fault: null, requests: 3, refused: 1, now: NOW })
})

test('events tell two servers apart, though both number their requests from 0', async () => {
  const { run } = (await firstEvents()).requests
  assert.equal((await firstEvents()).requests.run, run)
  await cloudwatch.close()
  cloudwatch = await startLocalCloudWatch({ now: () => now, page: true })
  assert.notEqual((await firstEvents()).requests.run, run)
})

test('long texts of a request are cut, and say so', async () => {
  const wrong = datum({ Unit: 'Furlongs' })
  await client.putMetricData(put(...Array(1_000).fill(wrong))).catch(() => {})
  await client
    .putMetricData({ Namespace: 'n'.repeat(100_000), MetricData: [datum()] })
    .catch(() => {})
  const [many, long] = (await firstEvents()).requests.requests
  assert.equal(many.errorCode, 'InvalidParameterValue')
  assert.ok(many.errorMessage.length < 600)
  assert.equal(long.namespace, `${'n'.repeat(500)}… (the first 500 of 100000 characters)`)
  assert.ok(long.errorMessage.length < 600)
})

test('a request of any shape is told', async () => {
  for (const body of [{ MetricData: null }, { MetricData: 5 }, { EntityMetricData: [null] }]) {
    await ask('/', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
      },
      body: JSON.stringify(body),
    })
  }
  assert.equal((await firstEvents()).requests.requests.length, 3)
})

/** What the server tells at first. */
async function firstEvents() {
  const stop = new AbortController()
  const response = await fetch(`${cloudwatch.endpoint}/local/events`, { signal: stop.signal })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.includes('event: state') && text.endsWith('\n\n')) break
  }
  stop.abort()
  const found = text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)
  return Object.fromEntries([...found].map(([, name, data]) => [name, JSON.parse(data)]))
}

test('the cost is that of the series and of the rate of requests, and tells what each label adds', async () => {
  const dimensions = (tool, user) => [
    { Name: 'Tool', Value: tool },
    { Name: 'User', Value: user },
  ]
  const datums = ['a', 'b'].flatMap((tool) =>
    ['1', '2', '3'].map((user) =>
      datum({ MetricName: 'Calls', Dimensions: dimensions(tool, user) })
    )
  )
  await client.putMetricData(put(...datums, datum({ MetricName: 'Total' })))
  for (let minute = 0; minute < 4; minute++) {
    now += 60_000
    client.destroy()
    client = sdk(cloudwatch.endpoint, now)
    await client.putMetricData(put(datum({ MetricName: 'Total', Timestamp: at(60 * minute) })))
  }
  const cost = JSON.parse((await ask('/local/cost')).text)
  assert.equal(cost.series, 7)
  assert.ok(Math.abs(cost.costOfSeries - 2.1) < 1e-9)
  assert.equal(cost.requestsPerMinute, 5 / 4)
  assert.ok(Math.abs(cost.costOfRequests - ((5 / 4) * 60 * 24 * 30 * 0.01) / 1_000) < 1e-9)
  assert.deepEqual(cost.metrics, [
    {
      namespace: 'Sim/Test',
      metricName: 'Calls',
      series: 6,
      labels: [
        { name: 'User', values: 3, saves: 4 },
        { name: 'Tool', values: 2, saves: 3 },
      ],
    },
    { namespace: 'Sim/Test', metricName: 'Total', series: 1, labels: [] },
  ])
})

test('requests of more than five minutes ago cost nothing', async () => {
  await client.putMetricData(put(datum()))
  assert.ok(JSON.parse((await ask('/local/cost')).text).costOfRequests > 0)
  now += 6 * 60_000
  const { requestsPerMinute, costOfRequests } = JSON.parse((await ask('/local/cost')).text)
  assert.deepEqual([requestsPerMinute, costOfRequests], [0, 0])
})

test('it closes while somebody listens', async () => {
  const response = await fetch(`${cloudwatch.endpoint}/local/events`)
  await cloudwatch.close()
  await response.text().catch(() => {})
})

test('what it keeps is bounded: the latest stay', async () => {
  const bounded = await startLocalCloudWatch({
    now: () => NOW,
    keep: { requests: 8, datums: 10, samples: 20 },
  })
  const own = sdk(bounded.endpoint)
  try {
    for (let minute = 0; minute < 100; minute++) {
      const Values = [minute, minute + 0.5]
      await own.putMetricData(
        put(
          datum({
            Value: undefined,
            Values,
            MetricName: `m${minute % 3}`,
            Timestamp: at(60 * (minute - 100)),
          })
        )
      )
    }
    assert.ok(bounded.requests.length <= 10)
    assert.ok(bounded.applied().length <= 12)
    assert.equal(bounded.applied().at(-1).values[0], 99)
    const { MetricDataResults } = await own.getMetricData({
      MetricDataQueries: [0, 1, 2].map((index) => ({
        Id: `m${index}`,
        MetricStat: {
          Metric: { Namespace: 'Sim/Test', MetricName: `m${index}` },
          Period: 60,
          Stat: 'Sum',
        },
      })),
      StartTime: at(-6_000),
      EndTime: at(60),
    })
    const values = MetricDataResults.flatMap(({ Values }) => Values)
    assert.deepEqual(
      values.sort((a, b) => b - a),
      Array.from({ length: 10 }, (_, index) => 198.5 - 2 * index)
    )
  } finally {
    own.destroy()
    await bounded.close()
  }
})
