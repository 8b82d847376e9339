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

const dimension = structure({ Name: string, Value: string })

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
    MetricDataQueries: list(
      structure({
        Id: string,
        Expression: string,
        Label: string,
        ReturnData: boolean,
        MetricStat: structure({ Metric: metric, Period: integer, Stat: string, Unit: string }),
      })
    ),
    StartTime: timestamp,
    EndTime: timestamp,
    NextToken: string,
    ScanBy: string,
    MaxDatapoints: integer,
  }),
  ListMetrics: structure({
    Namespace: string,
    MetricName: string,
    Dimensions: list(dimension),
    NextToken: string,
    RecentlyActive: string,
  }),
}
