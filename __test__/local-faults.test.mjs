import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  accessDenied,
  delay,
  expiredToken,
  first,
  hang,
  inOrder,
  onOperation,
  outOf,
  poison,
  poisonValue,
  rateLimit,
  refuse,
  reset,
  slowDrip,
  sometimes,
  status,
  throttle,
  tooManyDatums,
  unmarked,
} from '@sim/local-cloudwatch/faults'
import { datum, NOW, post, put } from '../testkit/peers/local-client.mjs'
import { startWithClient } from '../testkit/peers/local-cloudwatch.mjs'

let cloudwatch
let client
let goTo
let close

beforeEach(async () => {
  ;({ cloudwatch, client, goTo, close } = await startWithClient())
})

afterEach(() => close())

const send = (...datums) => client.putMetricData(put(...(datums.length ? datums : [datum()])))
const outcomes = () => cloudwatch.requests.map(({ status, applied }) => [status, applied])

const errors = [
  ['throttle', throttle(), 400, 'Throttling', 'Rate exceeded'],
  [
    'accessDenied',
    accessDenied(),
    403,
    'AccessDenied',
    /not authorized .*cloudwatch:PutMetricData/,
  ],
  ['expiredToken', expiredToken(), 403, 'ExpiredToken', /expired/],
  ['status(500)', status(500), 500, 'InternalServiceError', 'Injected fault'],
  ['status(503)', status(503, { errorCode: 'ServiceUnavailable' }), 503, 'ServiceUnavailable', /./],
]

for (const [name, fault, httpStatus, Code, message] of errors) {
  test(`${name} answers ${httpStatus} ${Code}, in both protocols, and applies nothing`, async () => {
    cloudwatch.setFault(fault)
    await assert.rejects(send(), (error) => {
      assert.equal(error.$metadata.httpStatusCode, httpStatus)
      assert.equal(error.Code, Code)
      assert.match(error.message, new RegExp(message))
      return true
    })
    const answer = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
    assert.deepEqual([answer.status, answer.errorCode], [httpStatus, Code])
    assert.match(answer.body.message ?? answer.body.Message, new RegExp(message))
    assert.deepEqual(outcomes(), [
      [httpStatus, false],
      [httpStatus, false],
    ])
    assert.equal(cloudwatch.requests[0].errorCode, Code)
  })
}

test('an error may be named by its body alone', async () => {
  cloudwatch.setFault(throttle({ queryError: false }))
  const answer = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  assert.equal(answer.headers.get('x-amzn-query-error'), null)
  assert.match(answer.body.__type, /#ThrottlingException$/)
})

test('an error may come after the datums were applied', async () => {
  cloudwatch.setFault(status(500, { when: 'after' }))
  await assert.rejects(send(), { name: 'InternalServiceFault', $fault: 'server' })
  assert.deepEqual(outcomes(), [[500, true]])
  assert.equal(cloudwatch.applied().length, 1)
})

test('a captive portal answers 200 with a page, and applies nothing', async () => {
  cloudwatch.setFault(status(200, { body: '<html>Welcome</html>' }))
  const answer = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/html')
  assert.equal(answer.headers.get('smithy-protocol'), null)
  assert.equal(answer.bytes.toString(), '<html>Welcome</html>')
  assert.deepEqual(outcomes(), [[200, false]])
})

test('hang reads the request and never answers; closing the server ends the wait', async () => {
  cloudwatch.setFault(hang())
  const pending = assert.rejects(send())
  await cloudwatch.until(() => cloudwatch.requests.length === 1)
  assert.deepEqual(outcomes(), [[null, false]])
  assert.equal(cloudwatch.requests[0].input.MetricData.length, 1)
  await cloudwatch.close()
  await pending
})

test('reset before applying ends the connection, and nothing is applied', async () => {
  cloudwatch.setFault(reset())
  await assert.rejects(send(), { code: 'ECONNRESET' })
  assert.deepEqual(outcomes(), [[null, false]])
  assert.deepEqual(cloudwatch.applied(), [])
})

test('reset after applying ends the connection, and the datums are stored', async () => {
  cloudwatch.setFault(reset({ when: 'after' }))
  await assert.rejects(send(), { code: 'ECONNRESET' })
  assert.deepEqual(outcomes(), [[null, true]])
  assert.equal(cloudwatch.applied().length, 1)
})

test('tooManyDatums refuses past its number, and lets that number through', async () => {
  cloudwatch.setFault(tooManyDatums(2))
  await assert.rejects(send(datum(), datum(), datum()), { Code: 'RequestEntityTooLarge' })
  await send(datum(), datum())
  assert.deepEqual(outcomes(), [
    [413, false],
    [200, true],
  ])
})

test('poison refuses a request that holds a matching datum, and applies the others', async () => {
  cloudwatch.setFault(poison(({ MetricName }) => MetricName === 'Bad'))
  await assert.rejects(send(datum(), datum({ MetricName: 'Bad' })), {
    Code: 'InvalidParameterValue',
    message: 'The parameter MetricData.member.2 is invalid.',
  })
  await send(datum())
  assert.equal(cloudwatch.applied().length, 1)
})

test('poison refuses with another code when asked', async () => {
  cloudwatch.setFault(poison(() => true, { errorCode: 'ValidationError', message: 'no' }))
  await assert.rejects(send(), { name: 'ValidationException', message: 'no' })
})

test('poisonValue refuses a request that holds a matching value, and names the value', async () => {
  cloudwatch.setFault(poisonValue((value, { MetricName }) => value === 3 && MetricName === 'Used'))
  const spread = (...Values) => datum({ Value: undefined, Values })
  await assert.rejects(send(datum(), spread(1, 2, 3, 4)), {
    Code: 'InvalidParameterValue',
    message: 'The value 3 for parameter MetricData.member.2.Values.member.3 is invalid.',
  })
  await send(spread(1, 2, 4))
  await send(datum({ MetricName: 'Other', Value: undefined, Values: [3] }))
  assert.deepEqual(outcomes(), [
    [400, false],
    [200, true],
    [200, true],
  ])
})

test('refuse answers with a code and its documented status, and applies nothing', async () => {
  cloudwatch.setFault(refuse('LimitExceeded', { message: 'too many' }))
  await assert.rejects(send(), { name: 'LimitExceededFault', message: 'too many' })
  cloudwatch.setFault(refuse('InternalFailure'))
  await assert.rejects(send(), { Code: 'InternalFailure' })
  assert.deepEqual(outcomes(), [
    [400, false],
    [500, false],
  ])
})

test('rateLimit throttles what comes faster than the clock of the server allows', async () => {
  cloudwatch.setFault(rateLimit(2))
  const sent = async () => {
    await send().catch(() => {})
    return cloudwatch.requests.at(-1).status
  }
  assert.deepEqual([await sent(), await sent()], [200, 400])
  assert.equal(cloudwatch.requests[1].errorCode, 'Throttling')
  goTo(NOW + 499)
  assert.equal(await sent(), 400)
  goTo(NOW + 500)
  assert.deepEqual([await sent(), await sent()], [200, 400])
  goTo(NOW + 60_500)
  assert.deepEqual([await sent(), await sent()], [200, 400], 'a pause is not saved up')
  goTo(NOW + 500)
  assert.equal(await sent(), 400)
})

test('rateLimit lets a burst through after a pause', async () => {
  cloudwatch.setFault(rateLimit(1, { burst: 3, errorCode: 'SlowDown' }))
  for (let sent = 0; sent < 4; sent += 1) await send().catch(() => {})
  assert.deepEqual(
    cloudwatch.requests.map(({ errorCode }) => errorCode),
    [undefined, undefined, undefined, 'SlowDown']
  )
})

test('unmarked applies a request, and answers without what tells CloudWatch from others', async () => {
  cloudwatch.setFault(unmarked())
  const answer = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  assert.equal(answer.status, 200)
  for (const mark of ['smithy-protocol', 'x-amzn-requestid']) {
    assert.equal(answer.headers.get(mark), null)
  }
  assert.deepEqual(outcomes(), [[200, true]])
  const refused = await post(cloudwatch.endpoint, 'PutMetricData', put())
  assert.equal(refused.status, 400)
  assert.equal(refused.headers.get('x-amzn-requestid'), null)
  cloudwatch.setFault(unmarked({ when: 'before' }))
  assert.equal((await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))).status, 200)
  assert.equal(cloudwatch.applied().length, 1)
})

test('slowDrip applies the request, and its answer arrives whole in the end', async () => {
  cloudwatch.setFault(slowDrip({ delayMs: 0 }))
  const answer = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('smithy-protocol'), 'rpc-v2-cbor')
  assert.deepEqual(outcomes(), [[200, true]])
})

test('closing the server ends a drip', async () => {
  cloudwatch.setFault(slowDrip({ delayMs: 2 ** 30 }))
  const pending = assert.rejects(send())
  await cloudwatch.until(() => cloudwatch.requests[0]?.status === 200)
  await cloudwatch.close()
  await pending
})

test('delay holds the request back before it is applied, and then answers as usual', async () => {
  cloudwatch.setFault(inOrder(delay(1), delay(2 ** 30)))
  await send()
  assert.deepEqual(outcomes(), [[200, true]])
  const pending = assert.rejects(send())
  await cloudwatch.until(() => cloudwatch.requests.length === 2)
  assert.equal(cloudwatch.applied().length, 1)
  await cloudwatch.close()
  await pending
})

test('outOf meets the first requests of every group', async () => {
  cloudwatch.setFault(outOf(3, 4, throttle()))
  for (let sent = 0; sent < 8; sent += 1) await send().catch(() => {})
  assert.deepEqual(
    cloudwatch.requests.map(({ applied }) => applied),
    [false, false, false, true, false, false, false, true]
  )
})

test('first meets the first requests, counted anew from each setFault', async () => {
  cloudwatch.setFault(first(1, throttle()))
  await assert.rejects(send(), { Code: 'Throttling' })
  await send()
  cloudwatch.setFault(first(1, throttle()))
  await assert.rejects(send(), { Code: 'Throttling' })
  cloudwatch.setFault()
  await send()
})

test('sometimes meets a share of the requests, the same for each seed', () => {
  const fault = throttle()
  const met = (seed) => {
    const plan = sometimes(0.3, fault, { seed })
    return Array.from({ length: 1_000 }, (_, index) => plan(index) === fault)
  }
  assert.deepEqual(met(1), met(1))
  assert.notDeepEqual(met(1), met(2))
  const share = met(7).filter(Boolean).length / 1_000
  assert.ok(share > 0.2 && share < 0.4, String(share))
})

test('a plan is given the index and the request, and may let it through', async () => {
  const seen = []
  cloudwatch.setFault((index, request) => {
    seen.push([index, request.operation, request.input.MetricData.length])
    return request.input.MetricData.length > 1 ? throttle() : undefined
  })
  await assert.rejects(send(datum(), datum()), { Code: 'Throttling' })
  await send()
  assert.deepEqual(seen, [
    [0, 'PutMetricData', 2],
    [1, 'PutMetricData', 1],
  ])
})

test('a fault leaves reading alone, unless it names the operation', async () => {
  cloudwatch.setFault(throttle())
  assert.deepEqual((await client.listMetrics({})).Metrics, [])
  cloudwatch.setFault(onOperation('ListMetrics', throttle()))
  await assert.rejects(client.listMetrics({}), { Code: 'Throttling' })
  await send()
})

test('a request that breaks a limit is refused under a fault that would let it through', async () => {
  cloudwatch.setFault(poison(() => false))
  await assert.rejects(send(datum({ MetricName: '' })), { Code: 'MissingParameter' })
})

test('until rejects when the server closes before its condition is met', async () => {
  const waiting = assert.rejects(
    cloudwatch.until(() => false),
    { name: 'AbortError' }
  )
  await cloudwatch.close()
  await waiting
})
