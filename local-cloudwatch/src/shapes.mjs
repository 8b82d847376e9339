/**
 * The inputs of the operations, as the service model types them. A reader leaves unknown members out, turns timestamps
 * into `Date`, and refuses a wrong type, as a Smithy server does. `limits.mjs` and `queries.mjs` decide whether a value
 * is allowed.
 */

import { malformed } from './errors.mjs'

/** Doubles that JSON cannot write as numbers. Source: Smithy, AWS JSON 1.0 protocol. */
const JSON_DOUBLES = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity }

const wrong = (path, expected) => malformed(`${path || 'The body'} must be ${expected}`)

const string = (value, path) => {
  if (typeof value !== 'string') throw wrong(path, 'a string')
  return value
}

const boolean = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'a boolean')
  return value
}

const double = (value, path, protocol) => {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (protocol === 'awsJson1.0' && Object.hasOwn(JSON_DOUBLES, value)) return JSON_DOUBLES[value]
  throw wrong(path, 'a number')
}

const integer = (value, path) => {
  if (!Number.isInteger(value)) throw wrong(path, 'an integer')
  return value
}

/** CBOR carries tag 1, which the decoder turns into a `Date`. JSON carries seconds since the epoch. */
const timestamp = (value, path, protocol) => {
  const date =
    protocol === 'rpc-v2-cbor'
      ? value
      : new Date(typeof value === 'number' ? Math.round(value * 1000) : Number.NaN)
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw wrong(
      path,
      protocol === 'rpc-v2-cbor' ? 'a timestamp (tag 1)' : 'seconds since the epoch'
    )
  }
  return date
}

const list = (member) => (value, path, protocol) => {
  if (!Array.isArray(value)) throw wrong(path, 'a list')
  return value.map((item, index) => member(item, `${path}[${index}]`, protocol))
}

const structure = (members) => (value, path, protocol) => {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap || value instanceof Date) throw wrong(path, 'a structure')
  const read = {}
  for (const [name, member] of Object.entries(members)) {
    const given = value[name]
    if (given === undefined || given === null) continue
    read[name] = member(given, path ? `${path}.${name}` : name, protocol)
  }
  return read
}

const map = (member) => (value, path, protocol) => {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap || value instanceof Date) throw wrong(path, 'a map')
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, item]) => [key, member(item, `${path}.${key}`, protocol)])
  )
}

/** What is refused if it is there, whatever it holds. */
const anything = (value) => value

const dimension = structure({ Name: string, Value: string })

const tag = structure({ Key: string, Value: string })

const metric = structure({
  Namespace: string,
  MetricName: string,
  Dimensions: list(dimension),
})

const datum = structure({
  MetricName: string,
  Dimensions: list(dimension),
  Timestamp: timestamp,
  Value: double,
  StatisticValues: structure({
    SampleCount: double,
    Sum: double,
    Minimum: double,
    Maximum: double,
  }),
  Values: list(double),
  Counts: list(double),
  Unit: string,
  StorageResolution: integer,
})

const metricDataQuery = structure({
  Id: string,
  MetricStat: structure({ Metric: metric, Period: integer, Stat: string, Unit: string }),
  Expression: string,
  Label: string,
  ReturnData: boolean,
  Period: integer,
  AccountId: string,
})

/** A reader for the input of each operation. */
export const INPUTS = {
  PutMetricData: structure({
    Namespace: string,
    MetricData: list(datum),
    EntityMetricData: list(
      structure({
        Entity: structure({ KeyAttributes: map(string), Attributes: map(string) }),
        MetricData: list(datum),
      })
    ),
    StrictEntityValidation: boolean,
  }),
  GetMetricStatistics: structure({
    Namespace: string,
    MetricName: string,
    Dimensions: list(dimension),
    StartTime: timestamp,
    EndTime: timestamp,
    Period: integer,
    Statistics: list(string),
    ExtendedStatistics: list(string),
    Unit: string,
  }),
  GetMetricData: structure({
    MetricDataQueries: list(metricDataQuery),
    StartTime: timestamp,
    EndTime: timestamp,
    NextToken: string,
    ScanBy: string,
    MaxDatapoints: integer,
    LabelOptions: structure({ Timezone: string }),
  }),
  ListMetrics: structure({
    Namespace: string,
    MetricName: string,
    Dimensions: list(dimension),
    NextToken: string,
    RecentlyActive: string,
    IncludeLinkedAccounts: boolean,
    OwningAccount: string,
  }),
  PutDashboard: structure({ DashboardName: string, DashboardBody: string, Tags: list(tag) }),
  GetDashboard: structure({ DashboardName: string }),
  ListDashboards: structure({ DashboardNamePrefix: string, NextToken: string }),
  DeleteDashboards: structure({ DashboardNames: list(string) }),
  PutMetricAlarm: structure({
    AlarmName: string,
    AlarmDescription: string,
    ActionsEnabled: boolean,
    OKActions: list(string),
    AlarmActions: list(string),
    InsufficientDataActions: list(string),
    MetricName: string,
    Namespace: string,
    Statistic: string,
    ExtendedStatistic: string,
    Dimensions: list(dimension),
    Period: integer,
    Unit: string,
    EvaluationPeriods: integer,
    DatapointsToAlarm: integer,
    Threshold: double,
    ComparisonOperator: string,
    TreatMissingData: string,
    EvaluateLowSampleCountPercentile: string,
    Metrics: list(metricDataQuery),
    Tags: list(tag),
    ThresholdMetricId: string,
    EvaluationWindow: anything,
    WarmUpConfiguration: anything,
    EvaluationCriteria: anything,
    EvaluationInterval: integer,
    ActionConfiguration: anything,
  }),
  DescribeAlarms: structure({
    AlarmNames: list(string),
    AlarmNamePrefix: string,
    AlarmTypes: list(string),
    ChildrenOfAlarmName: string,
    ParentsOfAlarmName: string,
    StateValue: string,
    ActionPrefix: string,
    MaxRecords: integer,
    NextToken: string,
  }),
  DeleteAlarms: structure({ AlarmNames: list(string) }),
}
