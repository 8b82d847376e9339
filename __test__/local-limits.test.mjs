import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
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

const repeat = (count, item) => Array.from({ length: count }, (_, index) => item(index))
const dimensions = (count) => repeat(count, (index) => ({ Name: `D${index}`, Value: 'v' }))
const named = (Name) => datum({ Dimensions: [{ Name, Value: 'v' }] })
const valued = (Value) => datum({ Dimensions: [{ Name: 'D', Value }] })
const spread = (Values, Counts) => datum({ Value: undefined, Values, Counts })
const set = (SampleCount, Sum, Minimum, Maximum) =>
  datum({ Value: undefined, StatisticValues: { SampleCount, Sum, Minimum, Maximum } })
const SMALLEST = 2 ** -360
const inNamespace = (Namespace) => ({ Namespace, MetricData: [datum()] })
const DAY = 86_400
const TWO_HOURS = 7_200

/** An input whose CBOR is exactly as long as asked: an unknown member pads it, and is ignored. */
function padded(bytes) {
  const padding = (length) => encode({ ...put(datum()), Padding: 'x'.repeat(length) })
  const overhead = padding(100_000).length - 100_000
  return padding(bytes - overhead)
}

describe('PutMetricData accepts', () => {
  accepts('a namespace of 255 characters', inNamespace('n'.repeat(255)))
  accepts('every character of a namespace', inNamespace('aZ09._/#: -'))
  accepts('1,000 datums', put(...repeat(1_000, () => datum())))
  accepts('a body of 1,048,576 bytes', padded(1_048_576))
  accepts('a metric name of 255 characters', put(datum({ MetricName: 'n'.repeat(255) })))
  accepts('30 dimensions', put(datum({ Dimensions: dimensions(30) })))
  accepts('a dimension name of 255 characters', put(named('n'.repeat(255))))
  accepts('a dimension value of 1,024 characters', put(valued('v'.repeat(1_024))))
  accepts(
    'every printable ASCII character in a dimension',
    put(valued(' !"#$%&\'()*+,-./:;<=>?@~'))
  )
  accepts('a colon inside a dimension name', put(named('a:b')))
  accepts('150 values', put(spread(repeat(150, Number))))
  accepts('values with as many counts', put(spread([1, 2], [1, 0.5])))
  accepts('a value of 2^360', put(datum({ Value: 2 ** 360 })))
  accepts('a value of -2^360', put(datum({ Value: -(2 ** 360) })))
  accepts('a value of zero', put(datum({ Value: 0 })))
  accepts('a value of minus zero', put(datum({ Value: -0 })))
  accepts('a value of 2^-360', put(datum({ Value: SMALLEST })))
  accepts('a value of -2^-360', put(datum({ Value: -SMALLEST })))
  accepts('values of zero and of 2^-360', put(spread([0, SMALLEST])))
  accepts('a statistic set of zeros', put(set(2, 0, 0, 0)))
  accepts('a statistic set of the smallest values', put(set(1, SMALLEST, SMALLEST, SMALLEST)))
  accepts('a time 14 days back', put(datum({ Timestamp: at(-14 * DAY) })))
  accepts('a time 2 hours ahead', put(datum({ Timestamp: at(TWO_HOURS) })))
  accepts('no time', put(datum({ Timestamp: undefined })))
  accepts('a unit with a slash', put(datum({ Unit: 'Terabits/Second' })))
  accepts('a storage resolution of 1', put(datum({ StorageResolution: 1 })))
  accepts('a storage resolution of 60', put(datum({ StorageResolution: 60 })))
  accepts('a value beside an empty list of values', put(datum({ Values: [] })))
  accepts('a statistic set', put(set(3, 6, 1, 3)))
  accepts('values without counts', put(spread([1, 2])))
  accepts('empty lists beside a value', put(datum({ Values: [], Counts: [] })))
  accepts('a namespace that has AWS/ inside', inNamespace('Sim/AWS/'))
  accepts('a namespace that starts with AWS and no slash', inNamespace('AWSome'))
  accepts('a colon inside a namespace', inNamespace('n:'))
  accepts('an unknown member', { ...put(datum({ Unknown: 1 })), Unknown: 1 })
  accepts('no dimensions', put(datum({ Dimensions: [] })))
  accepts('two dimensions of one value', put(datum({ Dimensions: dimensions(2) })))
  accepts('a dimension name and value with blanks around them', put(named(' a '), valued(' v ')))
  // Ten times 0.1 and six times 0.3, added up in doubles: a bit less, and a bit more.
  accepts('a sum rounded down', put(set(10, 0.9999999999999999, 0.1, 0.1)))
  accepts('a sum rounded up', put(set(6, 1.8, 0.3, 0.3)))
})

describe('PutMetricData refuses, with InvalidParameterValue,', () => {
  const refuses = (what, input) => refusal(what, input, 400, 'InvalidParameterValue')
  refuses('a namespace of 256 characters', inNamespace('n'.repeat(256)))
  refuses('a blank namespace', inNamespace('   '))
  refuses('a namespace that starts with a colon', inNamespace(':n'))
  refuses('the namespaces of AWS', inNamespace('AWS/EC2'))
  refuses('a namespace with a character outside of its set', inNamespace('a*b'))
  refuses('1,001 datums', put(...repeat(1_001, () => datum())))
  refuses('a metric name of 256 characters', put(datum({ MetricName: 'n'.repeat(256) })))
  refuses('a blank metric name', put(datum({ MetricName: ' ' })))
  refuses('a metric name with a control character', put(datum({ MetricName: 'a\tb' })))
  refuses('31 dimensions', put(datum({ Dimensions: dimensions(31) })))
  refuses(
    'a dimension name given twice',
    put(datum({ Dimensions: [...dimensions(2), ...dimensions(1)] }))
  )
  refuses('a dimension name of 256 characters', put(named('n'.repeat(256))))
  refuses('a blank dimension name', put(named('  ')))
  refuses('a dimension name that starts with a colon', put(named(':a')))
  refuses('a dimension name outside of ASCII', put(named('naïve')))
  refuses('a dimension value of 1,025 characters', put(valued('v'.repeat(1_025))))
  refuses('a blank dimension value', put(valued(' ')))
  refuses('a dimension value outside of ASCII', put(valued('日本')))
  refuses('a dimension value with a line feed', put(valued('a\nb')))
  refuses('a dimension value with DEL', put(valued('a\x7f')))
  refuses('151 values', put(spread(repeat(151, Number))))
  refuses('a value listed twice', put(spread([1, 2, 1])))
  refuses('a count of zero', put(spread([1, 2], [1, 0])))
  refuses('a negative count', put(spread([1], [-1])))
  refuses('a count that is not a number', put(spread([1], [Number.NaN])))
  refuses('an endless count', put(spread([1], [Infinity])))
  refuses('a value beyond 2^360', put(datum({ Value: 2 ** 360 * (1 + Number.EPSILON) })))
  refuses('a value beyond -2^360', put(datum({ Value: -(2 ** 361) })))
  refuses('a value below 2^-360', put(datum({ Value: SMALLEST / 2 })))
  refuses('a value just below 2^-360', put(datum({ Value: SMALLEST * (1 - Number.EPSILON) })))
  refuses('a negative value nearer to zero than -2^-360', put(datum({ Value: -SMALLEST / 2 })))
  refuses('the smallest number that there is', put(datum({ Value: Number.MIN_VALUE })))
  refuses('a value below 2^-360 among values', put(spread([1, SMALLEST / 2])))
  refuses('a count below 2^-360', put(spread([1], [SMALLEST / 2])))
  refuses('a minimum below 2^-360', put(set(1, 1, SMALLEST / 2, 1)))
  refuses('a maximum nearer to zero than -2^-360', put(set(1, -1, -1, -SMALLEST / 2)))
  refuses('a sum below 2^-360', put(set(1, SMALLEST / 2, 0, 1)))
  refuses('NaN', put(datum({ Value: Number.NaN })))
  refuses('Infinity among values', put(spread([1, Infinity])))
  refuses('-Infinity', put(datum({ Value: -Infinity })))
  refuses('a time more than 14 days back', put(datum({ Timestamp: at(-14 * DAY - 0.001) })))
  refuses('a time more than 2 hours ahead', put(datum({ Timestamp: at(TWO_HOURS + 0.001) })))
  refuses('an unknown unit', put(datum({ Unit: 'Parsecs' })))
  refuses('a unit in another case', put(datum({ Unit: 'count' })))
  refuses('a storage resolution of 30', put(datum({ StorageResolution: 30 })))
  refuses('a storage resolution of 0', put(datum({ StorageResolution: 0 })))
  refuses('a negative storage resolution', put(datum({ StorageResolution: -1 })))
  refuses('a time before 1970', put(datum({ Timestamp: new Date(-1) })))
  refuses('the time 0', put(datum({ Timestamp: new Date(0) })))
  refuses('NaN among values', put(spread([1, Number.NaN])))
  refuses('a statistic set with a count that is not a number', put(set(Number.NaN, 1, 1, 1)))
  refuses('a namespace outside of ASCII', inNamespace('naïve'))
  refuses('a namespace with a control character', inNamespace('a\tb'))
  refuses('a metric name outside of ASCII', put(datum({ MetricName: 'naïve' })))
  refuses('a statistic set without samples', put(set(0, 0, 0, 0)))
  refuses('a statistic set with its minimum over its maximum', put(set(2, 3, 2, 1)))
  refuses('a statistic set whose sum is too high', put(set(2, 7, 1, 3)))
  refuses('a statistic set whose sum is too low', put(set(2, 1, 1, 3)))
  refuses('an endless statistic set', put(set(1, Infinity, 0, Infinity)))
  refuses('one bad datum among good ones', put(datum(), datum({ Value: Number.NaN }), datum()))
})

describe('PutMetricData refuses, with MissingParameter,', () => {
  const refuses = (what, input) => refusal(what, input, 400, 'MissingParameter')
  refuses('no namespace', inNamespace(undefined))
  refuses('an empty namespace', inNamespace(''))
  refuses('no datums', { Namespace: NAMESPACE })
  refuses('an empty list of datums', put())
  refuses('no metric name', put(datum({ MetricName: undefined })))
  refuses('an empty metric name', put(datum({ MetricName: '' })))
  refuses('an empty dimension name', put(named('')))
  refuses('an empty dimension value', put(valued('')))
  refuses('a dimension without a value', put(valued(undefined)))
  refuses('no dimension name', put(named(undefined)))
  refuses('a request of nothing', {})
  refuses('a statistic set without a sum', put(set(1, undefined, 1, 1)))
})

describe('PutMetricData refuses, with InvalidParameterCombination,', () => {
  const refuses = (what, input) => refusal(what, input, 400, 'InvalidParameterCombination')
  const statistics = set(1, 1, 1, 1).StatisticValues
  refuses('a value and values', put(datum({ Values: [1] })))
  refuses('a value and a statistic set', put(datum({ StatisticValues: statistics })))
  refuses('values and a statistic set', put({ ...spread([1]), StatisticValues: statistics }))
  refuses('fewer counts than values', put(spread([1, 2], [1])))
  refuses('more counts than values', put(spread([1], [1, 1])))
  refuses('counts beside a single value', put(datum({ Counts: [1] })))
  refuses('neither a value, nor values, nor a statistic set', put(datum({ Value: undefined })))
  refuses('an empty list of values alone', put(spread([])))
  refuses('counts without values', put(spread(undefined, [1])))
})

describe('the size of a request', () => {
  refusal('one byte over 1 MB is refused', padded(1_048_577), 413, 'RequestEntityTooLarge')
  refusal('gzip does not help', padded(1_048_577), 413, 'RequestEntityTooLarge', { gzip: true })
})

describe('the message of a refusal', () => {
  const UNITS =
    'the set [ Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, ' +
    'Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, ' +
    'Megabytes/Second, Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, ' +
    'Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, None ]'

  withServer((cloudwatch) => {
    test('names each datum that breaks a rule, a line each', async () => {
      const { body } = await post(
        cloudwatch().endpoint,
        'PutMetricData',
        put(datum(), valued('é'), datum({ Unit: 'Parsecs' }))
      )
      assert.deepEqual(body.message.split('\n'), [
        'The value for parameter MetricData.member.2.Dimensions.member.1.Value contains non-ASCII characters.',
        `The parameter MetricData.member.3.Unit must be a value in ${UNITS}.`,
      ])
    })

    test('is about the first broken rule alone, when others have another code', async () => {
      const { body, errorCode } = await post(
        cloudwatch().endpoint,
        'PutMetricData',
        put(datum({ Unit: 'Parsecs' }), datum({ MetricName: '' }))
      )
      assert.equal(errorCode, 'InvalidParameterValue')
      assert.equal(
        body.message,
        `The parameter MetricData.member.1.Unit must be a value in ${UNITS}.`
      )
    })

    for (const [what, input, message] of [
      [
        'writes a value that is too small as 0',
        put(datum(), datum({ Value: 1e-120 })),
        'The value 0 for parameter MetricData.member.2.Value is invalid.',
      ],
      [
        'names one value among many',
        put(spread([1, 2, 1e-120])),
        'The value 0 for parameter MetricData.member.1.Values.member.3 is invalid.',
      ],
      [
        'names a part of a statistic set',
        put(set(1, 1, -1e-120, 1)),
        'The value 0 for parameter MetricData.member.1.StatisticValues.Minimum is invalid.',
      ],
      [
        'names what one of is needed',
        put(datum({ Value: undefined })),
        'At least one of the parameters MetricData.member.1.Value, MetricData.member.1.Values and ' +
          'MetricData.member.1.StatisticValues must be specified.',
      ],
      [
        'names what excludes each other',
        put(datum({ Values: [1] })),
        'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually ' +
          'exclusive and you have specified both.',
      ],
    ]) {
      test(what, async () => {
        const { body } = await post(cloudwatch().endpoint, 'PutMetricData', input)
        assert.equal(body.message, message)
      })
    }

    test('reaches the AWS SDK as a typed error, for numbers that JSON cannot write too', async () => {
      await assert.rejects(
        sdk(cloudwatch().endpoint).putMetricData(put(datum({ Value: Infinity }))),
        {
          name: 'InvalidParameterValueException',
          Code: 'InvalidParameterValue',
          $fault: 'client',
          message: 'The value Infinity for parameter MetricData.member.1.Value is invalid.',
        }
      )
    })
  })
})

/** One server for a `describe`, so that each request costs no start. */
function withServer(body) {
  let cloudwatch
  before(async () => {
    cloudwatch = await startLocalCloudWatch({ now: () => NOW })
  })
  after(() => cloudwatch.close())
  body(() => cloudwatch)
}

function accepts(what, input) {
  test(what, async () => {
    const cloudwatch = await startLocalCloudWatch({ now: () => NOW })
    try {
      const answer = await post(cloudwatch.endpoint, 'PutMetricData', input)
      assert.equal(answer.body?.message, undefined)
      assert.equal(answer.status, 200)
      assert.notEqual(cloudwatch.applied().length, 0)
      assert.equal(cloudwatch.requests[0].applied, true)
    } finally {
      await cloudwatch.close()
    }
  })
}

function refusal(what, input, status, code, options) {
  test(what, async () => {
    const cloudwatch = await startLocalCloudWatch({ now: () => NOW })
    try {
      const answer = await post(cloudwatch.endpoint, 'PutMetricData', input, options)
      assert.equal(answer.errorCode, code, answer.body?.message)
      assert.equal(answer.status, status)
      assert.deepEqual(cloudwatch.applied(), [])
      const [request] = cloudwatch.requests
      assert.deepEqual([request.status, request.errorCode, request.applied], [status, code, false])
    } finally {
      await cloudwatch.close()
    }
  })
}
