import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { at, datum, NAMESPACE, NOW, put, sdk } from '../testkit/peers/local-client.mjs'

let cloudwatch
let client

// Minutes 0 to 4. `few` has none in minute 1 and 3.
const MANY = [6, 8, 2, 4, 10]
const FEW = [3, undefined, 1, undefined, 0]

before(async () => {
  cloudwatch = await startLocalCloudWatch({ now: () => NOW })
  client = sdk(cloudwatch.endpoint)
  const datums = Object.entries({ many: MANY, few: FEW }).flatMap(([MetricName, values]) =>
    values.flatMap((Value, minute) =>
      Value === undefined ? [] : [datum({ MetricName, Value, Timestamp: at(minute * 60) })]
    )
  )
  const reasons = ['timeout', 'refused'].map((Value, index) =>
    datum({
      MetricName: 'failed',
      Value: index + 1,
      Dimensions: [
        { Name: 'Environment', Value: 'test' },
        { Name: 'Reason', Value },
      ],
      Timestamp: at(0),
    })
  )
  await client.putMetricData(put(...datums, ...reasons))
})

after(async () => {
  client.destroy()
  await cloudwatch.close()
})

const metric = (Id, MetricName = Id, Stat = 'Sum') => ({
  Id,
  MetricStat: { Metric: { Namespace: NAMESPACE, MetricName }, Period: 60, Stat },
  ReturnData: false,
})

async function results(Expression, members) {
  const { MetricDataResults } = await client.getMetricData({
    MetricDataQueries: [metric('many'), metric('few'), { Id: 'e', Expression, ...members }],
    StartTime: at(0),
    EndTime: at(5 * 60),
    ScanBy: 'TimestampAscending',
  })
  return MetricDataResults
}

/** The values of minutes 0 to 4. */
function minutes({ Timestamps, Values }) {
  const byTime = new Map(Timestamps.map((time, index) => [time.getTime(), Values[index]]))
  return MANY.map((_, minute) => byTime.get(at(minute * 60).getTime()))
}

const none = undefined

describe('an expression', () => {
  const cases = {
    'many + few': [9, none, 3, none, 10],
    'many - 1': [5, 7, 1, 3, 9],
    '-many': [-6, -8, -2, -4, -10],
    '2 * many ^ 2': [72, 128, 8, 32, 200],
    '0 - 2 ^ 2 + 0 * many': [-4, -4, -4, -4, -4],
    'many * -1 + 2 ^ -1 ^ 2': [-5.5, -7.5, -1.5, -3.5, -9.5],
    '2 ^ 3 ^ 2 + 0 * many': [512, 512, 512, 512, 512],
    '8 - 4 - 2 + 0 * many': [2, 2, 2, 2, 2],
    '8 / 4 / 2 + 0 * many': [1, 1, 1, 1, 1],
    '(8 - (4 - 2)) * 1.5e0 + 0 * many': [9, 9, 9, 9, 9],
    'many / few': [2, none, 2, none, none],
    'many > 5': [1, 1, 0, 0, 1],
    'many >= 6 AND many < 10': [1, 1, 0, 0, 0],
    'many == 6 OR many != 6 && many <= 2': [1, 0, 1, 0, 0],
    'many == 6 || many == 10 AND many == 8': [1, 0, 0, 0, 0],
    'SUM([many, few])': [9, 8, 3, 4, 10],
    'SUM(METRICS())': [9, 8, 3, 4, 10],
    'SUM(METRICS("few"))': [3, none, 1, none, 0],
    'AVG([many, few])': [4.5, 8, 1.5, 4, 5],
    'MAX([many, few]) - MIN([many, few])': [3, 0, 1, 0, 10],
    'STDDEV([many, few])': [1.5, 0, 0.5, 0, 5],
    'many / SUM(many)': [0.2, 8 / 30, 2 / 30, 4 / 30, 10 / 30],
    'many + MAX(many) + MIN(many) + AVG(many)': [24, 26, 20, 22, 28],
    'DATAPOINT_COUNT([many, few])': [2, 1, 2, 1, 2],
    'many * 0 + DATAPOINT_COUNT(few)': [3, 3, 3, 3, 3],
    'many * 0 + METRIC_COUNT(METRICS())': [2, 2, 2, 2, 2],
    'many * 0 + PERIOD(many)': [60, 60, 60, 60, 60],
    'FILL(few, 7)': [3, 7, 1, 7, 0],
    'FILL(few, many)': [3, 8, 1, 4, 0],
    'FILL(few, REPEAT)': [3, 3, 1, 1, 0],
    'FILL(few, LINEAR)': [3, 2, 1, 0.5, 0],
    'FILL(FILL(few, LINEAR) - 1, 0)': [2, 1, 0, -0.5, -1],
    'IF(many > 5, many, 0)': [6, 8, 0, 0, 10],
    'IF(many > 5, many)': [6, 8, none, none, 10],
    'IF(many > 5, few, 9)': [3, none, 9, 9, 0],
    'IF(1, many, few)': MANY,
    'IF(0, many, few)': FEW,
    'IF(SUM([many, few]) > 8, few / SUM([many, few]))': [3 / 9, none, none, none, 0],
    'RUNNING_SUM(many)': [6, 14, 16, 20, 30],
    'DIFF(few)': [none, none, -2, none, -1],
    'DIFF_TIME(few)': [none, none, 120, none, 120],
    'RATE(many) * 60': [none, 2, -6, 2, 6],
    'ABS(DIFF(many))': [none, 2, 6, 2, 6],
    'CEIL(many / 4)': [2, 2, 1, 1, 3],
    'FLOOR(many / 4)': [1, 2, 0, 1, 2],
    'LOG10(10 ^ many)': MANY,
    'LOG(many * 0 + 1)': [0, 0, 0, 0, 0],
    'TIME_SERIES(3)': [3, 3, 3, 3, 3],
    'FIRST(SORT(METRICS(), SUM, ASC))': FEW,
    'LAST(SORT([few, many], MAX, DESC, 1))': MANY,
    'SUM(SLICE([many, few], 1))': FEW,
    'MINUTE(many) - FIRST(METRICS()) * 0 - MIN(MINUTE(many))': [0, 1, 2, 3, 4],
    'EPOCH(many) - MIN(EPOCH(many))': [0, 60, 120, 180, 240],
    'DAY(many) + DATE(many) / 100 + MONTH(many) * 100 + HOUR(many) * 0 + YEAR(many) * 0': dates(),
  }
  for (const [expression, expected] of Object.entries(cases)) {
    test(expression, async () => {
      const [result] = await results(expression)
      const actual = minutes(result)
      for (const [minute, value] of expected.entries()) {
        if (value === undefined) assert.equal(actual[minute], undefined)
        else assert.ok(Math.abs(actual[minute] - value) < 1e-12, `${actual} instead of ${expected}`)
      }
    })
  }
})

function dates() {
  return MANY.map((_, minute) => {
    const date = at(minute * 60)
    return (date.getUTCDay() || 7) + date.getUTCDate() / 100 + (date.getUTCMonth() + 1) * 100
  })
}

test('an expression may be about another one, in any order, which need not be returned', async () => {
  const { MetricDataResults } = await client.getMetricData({
    MetricDataQueries: [
      { Id: 'share', Expression: 'few / total', Label: 'Share' },
      { Id: 'total', Expression: 'SUM([many, few])', ReturnData: false },
      metric('many'),
      metric('few'),
    ],
    StartTime: at(0),
    EndTime: at(60),
  })
  assert.deepEqual(
    MetricDataResults.map(({ Id, Label, Values }) => [Id, Label, Values]),
    [['share', 'Share', [3 / 9]]]
  )
})

test('a list of series is returned as results of one id, each with a label', async () => {
  const found = await results('METRICS() * 2', { Label: 'twice' })
  assert.deepEqual(
    found.map(({ Id, Label, Values }) => [Id, Label, Values.length]),
    [
      ['e', 'twice many', 5],
      ['e', 'twice few', 3],
    ]
  )
})

describe('a search finds', () => {
  const schema = `${NAMESPACE},Environment,Reason`
  const cases = {
    'all with exactly these dimensions': [`{${schema}}`, ['refused', 'timeout']],
    'whatever the order of the dimensions': [
      `{${NAMESPACE},Reason,Environment}`,
      ['refused', 'timeout'],
    ],
    'nothing with fewer dimensions': [`{${NAMESPACE},Environment} MetricName="failed"`, []],
    'a value': [`{${schema}} Reason="timeout"`, ['timeout']],
    'a part of a value': [`{${schema}} Reason=TIME`, ['timeout']],
    'no part of a quoted value': [`{${schema}} Reason="time"`, []],
    'one value or another': [`{${schema}} Reason=("timeout" OR "none")`, ['timeout']],
    'both of two terms': [`{${schema}} Environment="test" AND Reason="refused"`, ['refused']],
    'both of two terms side by side': [`{${schema}} test Reason="refused"`, ['refused']],
    'what does not match': [`{${schema}} NOT Reason="refused"`, ['timeout']],
    'by name and namespace': [
      `Namespace="${NAMESPACE}" MetricName="failed"`,
      ['refused', 'timeout'],
    ],
    'names in quotes': [
      `{"${NAMESPACE}","Environment","Reason"} (MetricName="failed")`,
      ['refused', 'timeout'],
    ],
  }
  for (const [what, [search, reasons]] of Object.entries(cases)) {
    test(what, async () => {
      const found = await results(`SEARCH('${search}', 'Sum', 60)`)
      assert.deepEqual(
        found.map(({ Label }) => Label).sort(),
        reasons.map((reason) => `failed test ${reason}`)
      )
    })
  }

  test('series that are added up like others', async () => {
    const [found] = await results(`SUM(SEARCH('{${schema}} MetricName="failed"', 'Sum', 60))`)
    assert.deepEqual(found.Values, [3])
  })
})

describe('an expression is refused, and the message says why:', () => {
  const cases = {
    'many +': /expected a value at 6, found the end/,
    '(many': /expected "\)" at 5/,
    'many few': /expected an operator at 5, found few/,
    'many % 2': /% at 5 cannot be read/,
    'other + 1': /there is no query with the Id other/,
    'e + 1': /e refers to itself/,
    '1 + 1': /the result must be a time series/,
    "'text'": /the result must be a time series/,
    "many + 'text'": /\+ takes no texts/,
    'METRICS() + METRICS()': /takes no two lists/,
    'MEDIAN(many)': /there is no function MEDIAN/,
    'ANOMALY_DETECTION_BAND(many)':
      /ANOMALY_DETECTION_BAND is not supported by this local CloudWatch/,
    'FILL(many)': /FILL: expected 2 arguments, found 1/,
    'FILL(many, ASC)': /FILL: it cannot fill with ASC/,
    'SUM(1)': /SUM: argument 1 must be a time series, or a list of them/,
    'SORT(METRICS(), RATE, ASC)': /there is no query with the Id RATE/,
    'SORT(METRICS(), REPEAT, ASC)': /SORT: it cannot sort by REPEAT/,
    '[many, 1]': /a list may hold time series alone/,
    "SEARCH('{}', 'Sum', 60)": /a schema begins with a namespace/,
    "SEARCH('{A} (B', 'Sum', 60)": /the search misses a "\)"/,
    "SEARCH('{A} B)', 'Sum', 60)": /a "\)" too many/,
    "SEARCH('{A} B', 'Median', 60)": /the statistic Median is not supported/,
    "SEARCH('{A} B', 'Sum', 61)": /the period 61 is invalid/,
    'SEARCH(many)': /SEARCH: expected a search, a statistic and a period/,
    [`${'('.repeat(200)}many${')'.repeat(200)}`]: /nested more than 100 deep/,
    [`many${' + 1'.repeat(600)}`]: /at most 2048 characters/,
  }
  for (const [expression, message] of Object.entries(cases)) {
    test(expression.slice(0, 60), async () => {
      await assert.rejects(results(expression), { Code: 'ValidationError', message })
    })
  }
})
