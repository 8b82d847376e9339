// The codes of AWS as the local CloudWatch answers with them: in both protocols, by header and by body.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { refuse, status } from '@sim/local-cloudwatch/faults'
import { datum, NOW, post, put, sdk } from '../testkit/peers/local-client.mjs'

const MODEL = 'com.amazonaws.cloudwatch#'
const FRONT_END = 'com.amazon.coral.service#'

/** Code, status, shape, and the member that holds the message. */
const CODES = [
  ['InternalServiceError', 500, `${MODEL}InternalServiceFault`, 'Message'],
  ['InvalidParameterCombination', 400, `${MODEL}InvalidParameterCombinationException`, 'message'],
  ['InvalidParameterValue', 400, `${MODEL}InvalidParameterValueException`, 'message'],
  ['MissingParameter', 400, `${MODEL}MissingRequiredParameterException`, 'message'],
  ['ConcurrentModificationException', 429, `${MODEL}ConcurrentModificationException`, 'Message'],
  ['ConflictException', 409, `${MODEL}ConflictException`, 'Message'],
  ['InvalidFormat', 400, `${MODEL}InvalidFormatFault`, 'message'],
  ['InvalidNextToken', 400, `${MODEL}InvalidNextToken`, 'message'],
  ['InvalidParameterInput', 400, `${MODEL}DashboardInvalidInputError`, 'message'],
  ['KmsAccessDeniedException', 400, `${MODEL}KmsAccessDeniedException`, 'Message'],
  ['LimitExceeded', 400, `${MODEL}LimitExceededFault`, 'message'],
  ['LimitExceededException', 400, `${MODEL}LimitExceededException`, 'Message'],
  ['ResourceConflict', 409, `${MODEL}ResourceConflict`, 'message'],
  ['ResourceNotFound', 404, `${MODEL}ResourceNotFound`, 'message'],
  ['ResourceNotFoundException', 404, `${MODEL}ResourceNotFoundException`, 'Message'],
  ['ValidationError', 400, `${MODEL}ValidationException`, 'message'],
  ['ValidationException', 400, 'com.amazon.coral.validate#ValidationException', 'message'],
  ['AccessDenied', 403, `${FRONT_END}AccessDeniedException`, 'message'],
  ['ExpiredToken', 403, `${FRONT_END}ExpiredTokenException`, 'message'],
  ['InternalFailure', 500, `${FRONT_END}InternalFailure`, 'message'],
  ['MalformedHttpRequestException', 400, `${FRONT_END}MalformedHttpRequestException`, 'message'],
  ['RequestAbortedException', 400, `${FRONT_END}RequestAbortedException`, 'message'],
  ['RequestEntityTooLarge', 413, `${FRONT_END}RequestEntityTooLargeException`, 'message'],
  ['RequestExpired', 400, `${FRONT_END}RequestExpired`, 'message'],
  ['RequestThrottledException', 400, `${FRONT_END}RequestThrottledException`, 'message'],
  ['RequestTimeout', 408, `${FRONT_END}RequestTimeoutException`, 'message'],
  ['ServiceUnavailable', 503, `${FRONT_END}ServiceUnavailableException`, 'message'],
  ['SignatureDoesNotMatch', 403, `${FRONT_END}InvalidSignatureException`, 'message'],
  ['SlowDown', 503, `${FRONT_END}SlowDown`, 'message'],
  ['Throttling', 400, `${FRONT_END}ThrottlingException`, 'message'],
  ['UnknownOperationException', 404, `${FRONT_END}UnknownOperationException`, 'message'],
  ['AnotherException', 400, `${FRONT_END}AnotherException`, 'message'],
]

let cloudwatch

before(async () => {
  cloudwatch = await startLocalCloudWatch({ now: () => NOW })
})
after(() => cloudwatch.close())

/** Both answers to a put: in CBOR, and in JSON. */
async function answers() {
  const cbor = await post(cloudwatch.endpoint, 'PutMetricData', put(datum()))
  const json = await fetch(cloudwatch.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
    },
    body: JSON.stringify({ Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1 }] }),
  })
  return [cbor, { status: json.status, headers: json.headers, body: await json.json() }]
}

describe('a code has its status, its shape and its message in both protocols', () => {
  for (const [code, documented, shape, member] of CODES) {
    test(code, async () => {
      for (const [answered, fault] of [
        [documented, refuse(code, { message: 'no' })],
        [400, status(400, { errorCode: code, message: 'no' })],
      ]) {
        cloudwatch.setFault(fault)
        for (const { status: found, headers, body } of await answers()) {
          assert.equal(found, answered)
          const blame = answered >= 500 ? 'Receiver' : 'Sender'
          assert.equal(headers.get('x-amzn-query-error'), `${code};${blame}`)
          assert.deepEqual(body, { __type: shape, [member]: 'no' })
        }
      }
    })
  }
})

test('without the header, the body alone names the shape', async () => {
  cloudwatch.setFault(refuse('LimitExceeded', { queryError: false }))
  for (const { headers, body } of await answers()) {
    assert.equal(headers.get('x-amzn-query-error'), null)
    assert.equal(body.__type, `${MODEL}LimitExceededFault`)
  }
})

test('the AWS SDK makes a typed exception of each code of the model', async (t) => {
  const client = sdk(cloudwatch.endpoint)
  t.after(() => client.destroy())
  for (const [code, , shape] of CODES.filter(([, , shape]) => shape.startsWith(MODEL))) {
    cloudwatch.setFault(refuse(code, { message: 'no' }))
    await assert.rejects(client.putMetricData(put(datum())), ({ name, Code, message }) => {
      assert.deepEqual([name, Code, message], [shape.slice(MODEL.length), code, 'no'])
      return true
    })
  }
})
