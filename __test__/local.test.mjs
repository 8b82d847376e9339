import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import {
  at,
  datum,
  encode,
  NAMESPACE,
  NOW,
  post,
  put,
  sdk,
} from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let cloudwatch
let client
let close

beforeEach(async () => {
  ;({ cloudwatch, client, close } = await startWithClient())
})

afterEach(() => close())

const send = (input, options) => post(cloudwatch.endpoint, 'PutMetricData', input, options)

test('listens on loopback only', () => {
  assert.match(cloudwatch.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/)
})

for (const host of ['0.0.0.0', '::', '192.168.1.7', 'localhost', '128.0.0.1', '']) {
  test(`refuses to listen on "${host}"`, async () => {
    await assert.rejects(startLocalCloudWatch({ host }), /must be an address of loopback/)
  })
}

test('listens on other addresses of loopback', async () => {
  const other = await startLocalCloudWatch({ host: '127.0.0.9' })
  assert.match(other.endpoint, /^http:\/\/127\.0\.0\.9:\d+$/)
  await other.close()
})

test('stores what the AWS SDK for JavaScript sends, in its order', async () => {
  const Dimensions = [
    { Name: 'Tool', Value: 'search' },
    { Name: 'Environment', Value: 'test' },
  ]
  await client.putMetricData(
    put(
      datum({
        Dimensions,
        Value: undefined,
        Values: [1.5, 2],
        Counts: [3, 1],
        Unit: 'Milliseconds',
      }),
      datum({ MetricName: 'Failed', Timestamp: at(1.25), StorageResolution: 1 })
    )
  )
  assert.deepEqual(cloudwatch.applied(), [
    {
      namespace: NAMESPACE,
      metricName: 'Used',
      dimensions: Dimensions,
      timestamp: at(0),
      unit: 'Milliseconds',
      storageResolution: 60,
      values: [1.5, 2],
      counts: [3, 1],
    },
    {
      namespace: NAMESPACE,
      metricName: 'Failed',
      dimensions: [],
      timestamp: at(1.25),
      unit: 'None',
      storageResolution: 1,
      values: [1],
      counts: [1],
    },
  ])
})

test('stores the same from CBOR, plain or gzipped, as from JSON', async () => {
  const input = put(datum({ Timestamp: at(0.125), Value: 0.1, Unit: 'Count' }))
  await client.putMetricData(input)
  await send(input)
  await send(input, { gzip: true })
  const [fromJson, ...others] = cloudwatch.applied()
  assert.deepEqual(others, [fromJson, fromJson])
})

test('takes a time from its own clock for a datum that carries none, and one count a value', async () => {
  await send(put(datum({ Timestamp: undefined, Value: undefined, Values: [4, 5] })))
  const [{ timestamp, values, counts }] = cloudwatch.applied()
  assert.deepEqual(
    { timestamp, values, counts },
    { timestamp: at(0), values: [4, 5], counts: [1, 1] }
  )
})

test('takes an empty list of values for none', async () => {
  await send(put(datum({ Value: 3, Values: [], Counts: [] })))
  assert.deepEqual(cloudwatch.applied()[0].values, [3])
})

test('keeps a statistic set as it is', async () => {
  const StatisticValues = { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 }
  await send(put(datum({ Value: undefined, StatisticValues })))
  const [{ values, counts, statisticSet }] = cloudwatch.applied()
  assert.deepEqual(
    { values, counts, statisticSet },
    { values: [], counts: [], statisticSet: StatisticValues }
  )
})

test('reads whole and 64-bit integers of CBOR as numbers, and whole seconds as a time', async () => {
  const { status } = await send(
    put(datum({ Value: undefined, Values: [7, 2n ** 40n], Counts: [1n, 2] }))
  )
  assert.equal(status, 200)
  const [{ timestamp, values, counts }] = cloudwatch.applied()
  assert.deepEqual(
    { timestamp, values, counts },
    { timestamp: at(0), values: [7, 2 ** 40], counts: [1, 2] }
  )
})

test('reads maps and lists of indefinite length, as the AWS SDK for Rust writes them', async () => {
  const map = (members) => {
    const items = Object.entries(members).map(([name, bytes]) =>
      Buffer.concat([encode(name), bytes])
    )
    return Buffer.concat([Buffer.of(0xbf), ...items, Buffer.of(0xff)])
  }
  const list = (...items) => Buffer.concat([Buffer.of(0x9f), ...items, Buffer.of(0xff)])
  const used = map({ MetricName: encode('Used'), Timestamp: encode(at(0.5)), Value: encode(0.5) })
  await send(map({ Namespace: encode(NAMESPACE), MetricData: list(used, used) }))
  assert.deepEqual(
    cloudwatch.applied().map(({ timestamp, values }) => [timestamp, values]),
    [
      [at(0.5), [0.5]],
      [at(0.5), [0.5]],
    ]
  )
})

test('takes an endpoint with a path of its own', async () => {
  await post(`${cloudwatch.endpoint}/proxy/metrics`, 'PutMetricData', put(datum()))
  const behindPath = sdk(`${cloudwatch.endpoint}/proxy`)
  await behindPath.putMetricData(put(datum()))
  behindPath.destroy()
  assert.equal(cloudwatch.applied().length, 2)
})

test('takes an endpoint that ends in slashes', async () => {
  await post(`${cloudwatch.endpoint}//`, 'PutMetricData', put(datum()))
  await post(`${cloudwatch.endpoint}//proxy/`, 'PutMetricData', put(datum()))
  const client = sdk(`${cloudwatch.endpoint}//`)
  await client.putMetricData(put(datum()))
  client.destroy()
  assert.equal(cloudwatch.applied().length, 3)
})

for (const [target, status] of [
  ['//', 404],
  ['/\\', 404],
  ['http://', 400],
]) {
  test(`answers a request for ${target}`, async () => {
    const socket = connect(Number(new URL(cloudwatch.endpoint).port), '127.0.0.1')
    socket.end(`GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket) answer += chunk
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
  })
}

test('answers a put in CBOR with no body, and names the protocol', async () => {
  const { status, headers, bytes } = await send(put(datum()))
  assert.equal(status, 200)
  assert.equal(headers.get('smithy-protocol'), 'rpc-v2-cbor')
  assert.match(headers.get('x-amzn-requestid'), /^[0-9a-f-]{36}$/)
  assert.equal(bytes.length, 0)
})

test('writes every number of a CBOR answer as a double', async () => {
  await send(put(datum({ Value: 3 })))
  const { bytes, body } = await post(cloudwatch.endpoint, 'GetMetricStatistics', {
    Namespace: NAMESPACE,
    MetricName: 'Used',
    StartTime: at(0),
    EndTime: at(60),
    Period: 60,
    Statistics: ['Sum'],
  })
  assert.deepEqual(body, {
    Label: 'Used',
    Datapoints: [{ Timestamp: at(0), Unit: 'None', Sum: 3 }],
  })
  const three = Buffer.from([0xfb, 0x40, 0x08, 0, 0, 0, 0, 0, 0])
  assert.notEqual(bytes.indexOf(three), -1)
})

test('names an error in the header, the body and the protocol of the request', async () => {
  const { status, headers, body } = await send({ Namespace: NAMESPACE })
  assert.equal(status, 400)
  assert.equal(headers.get('smithy-protocol'), 'rpc-v2-cbor')
  assert.equal(headers.get('x-amzn-query-error'), 'MissingParameter;Sender')
  assert.deepEqual(body, {
    __type: 'com.amazonaws.cloudwatch#MissingRequiredParameterException',
    message: 'The parameter MetricData is required.',
  })
  await assert.rejects(client.putMetricData({ Namespace: NAMESPACE }), {
    name: 'MissingRequiredParameterException',
    Code: 'MissingParameter',
  })
})

test('keeps a record of every request, in order', async () => {
  const input = put(...Array.from({ length: 300 }, () => datum()))
  await send(input, { gzip: true })
  await client.listMetrics({})
  await send(Buffer.from('no cbor at all'))
  const [first, second, third] = cloudwatch.requests
  const { wireBytes, headers, ...rest } = first
  assert.deepEqual(rest, {
    operation: 'PutMetricData',
    protocol: 'rpc-v2-cbor',
    status: 200,
    errorCode: undefined,
    errorMessage: undefined,
    applied: true,
    rawBytes: encode(input).length,
    encoding: 'gzip',
    path: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
    input,
    receivedAt: at(0),
  })
  assert.ok(wireBytes > 0 && wireBytes < rest.rawBytes)
  assert.equal(headers['content-length'], String(wireBytes))
  assert.deepEqual(
    [second.operation, second.protocol, second.applied, second.wireBytes],
    ['ListMetrics', 'awsJson1.0', false, second.rawBytes]
  )
  assert.deepEqual([third.status, third.input, third.applied], [400, undefined, false])
})

test('reads the gzip that the AWS SDK sends from 10,240 bytes', async () => {
  await client.putMetricData(put(...Array.from({ length: 300 }, () => datum())))
  const [{ encoding, wireBytes, rawBytes }] = cloudwatch.requests
  assert.equal(encoding, 'gzip')
  assert.ok(wireBytes < 10_240 && rawBytes >= 10_240)
  assert.equal(cloudwatch.applied().length, 300)
})

const cbor = (value) => encode({ ...put(), ...value })
const undecodable = [
  ['bytes that are no CBOR', Buffer.from([0xff, 0x00]), {}],
  ['CBOR that ends too early', encode(put(datum())).subarray(0, -3), {}],
  ['CBOR with bytes after it', Buffer.concat([encode(put(datum())), Buffer.from([0])]), {}],
  ['an empty body', Buffer.alloc(0), {}],
  ['a list in the place of a structure', encode([1]), {}],
  ['a number for a name', cbor({ Namespace: 5 }), {}],
  ['text for a value', cbor({ MetricData: [datum({ Value: '1' })] }), {}],
  ['NaN as text, which only JSON needs', cbor({ MetricData: [datum({ Value: 'NaN' })] }), {}],
  ['a time without its tag', cbor({ MetricData: [datum({ Timestamp: NOW / 1000 })] }), {}],
  ['null in a list', cbor({ MetricData: [datum({ Value: undefined, Values: [null] })] }), {}],
  ['one datum in the place of a list', cbor({ MetricData: datum() }), {}],
  [
    'a fraction for a storage resolution',
    cbor({ MetricData: [datum({ StorageResolution: 1.5 })] }),
    {},
  ],
]

for (const [what, bytes, options] of undecodable) {
  test(`refuses ${what} with SerializationException`, async () => {
    const { status, errorCode } = await send(bytes, options)
    assert.deepEqual([status, errorCode], [400, 'SerializationException'])
    assert.deepEqual(cloudwatch.applied(), [])
    assert.equal(cloudwatch.requests[0].input, undefined)
  })
}

test('refuses JSON that does not parse, and a time that is text', async () => {
  for (const body of ['{', '{"MetricData":[{"Timestamp":"2026-01-15T00:00:00Z"}]}']) {
    const response = await fetch(cloudwatch.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
      },
      body,
    })
    assert.equal(response.status, 400)
    assert.match((await response.json()).__type, /#SerializationException$/)
  }
})

test('refuses an operation that it does not know', async () => {
  for (const operation of ['SetAlarmState', 'constructor']) {
    const { status, errorCode } = await post(cloudwatch.endpoint, operation, {})
    assert.deepEqual([status, errorCode], [404, 'UnknownOperationException'])
  }
  await assert.rejects(client.listMetricStreams({}), { Code: 'UnknownOperationException' })
})

test('refuses a request that is of neither protocol', async () => {
  const page = await fetch(cloudwatch.endpoint)
  assert.equal(page.status, 404)
  const { status } = await send(put(datum()), { headers: { 'smithy-protocol': 'rpc-v3' } })
  assert.equal(status, 404)
  assert.deepEqual(
    cloudwatch.requests.map(({ protocol, operation }) => [protocol, operation]),
    [
      [undefined, undefined],
      [undefined, undefined],
    ]
  )
})

test('refuses a body that is not in its encoding, and an encoding that it does not know', async () => {
  for (const encoding of ['gzip', 'br']) {
    const headers = { 'content-encoding': encoding }
    const { status, errorCode } = await send(put(datum()), { headers })
    assert.deepEqual([status, errorCode], [400, 'MalformedHttpRequestException'])
  }
  assert.deepEqual(cloudwatch.applied(), [])
})

test('refuses a content type that it does not know', async () => {
  const { status, errorCode } = await send(put(datum()), {
    headers: { 'content-type': 'text/plain' },
  })
  assert.deepEqual([status, errorCode], [415, 'UnsupportedMediaTypeException'])
  assert.deepEqual(cloudwatch.applied(), [])
})

test('closes at once beside an idle connection and an unfinished request', async () => {
  await send(put(datum()))
  const { port } = new URL(cloudwatch.endpoint)
  const socket = connect(Number(port), '127.0.0.1')
  const ended = new Promise((resolve) => socket.once('close', resolve).on('error', () => {}))
  await new Promise((resolve) =>
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf', resolve)
  )
  await cloudwatch.close()
  await ended
})

test('takes the port that it is given, and says so when it is taken', async () => {
  const port = Number(new URL(cloudwatch.endpoint).port)
  await assert.rejects(startLocalCloudWatch({ port }), { code: 'EADDRINUSE' })
})
