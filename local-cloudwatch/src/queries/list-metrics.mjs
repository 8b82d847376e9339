/**
 * ListMetrics.
 *
 * Source, unless said otherwise: CloudWatch API Reference, ListMetrics.
 */

import { invalidValue, missing } from '../errors.mjs'
import { MAX_AGE_MS } from '../limits.mjs'
import { THREE_HOURS_MS } from './points.mjs'

/** "Up to 500 results are returned for any one call". */
const MAX_LISTED = 500
/** Dimensions. */
const MAX_FILTERS = 10

export function listMetrics(store, input, now) {
  const { Namespace, MetricName, Dimensions: filters = [], RecentlyActive } = input
  if (input.OwningAccount !== undefined || input.IncludeLinkedAccounts) {
    throw invalidValue('This local CloudWatch knows one account: it has no linked ones.')
  }
  if (RecentlyActive !== undefined && RecentlyActive !== 'PT3H') {
    throw invalidValue(`The value ${RecentlyActive} for parameter RecentlyActive is invalid.`)
  }
  if (filters.length > MAX_FILTERS) {
    throw invalidValue(
      `The collection Dimensions must not have a size greater than ${MAX_FILTERS}.`
    )
  }
  if (filters.some(({ Name }) => !Name)) throw missing('The parameter Dimensions.Name is required.')
  const oldest = now - (RecentlyActive ? THREE_HOURS_MS : MAX_AGE_MS)
  const found = [...store.metrics()].filter(
    (metric) =>
      (Namespace ?? metric.namespace) === metric.namespace &&
      (MetricName ?? metric.metricName) === metric.metricName &&
      filters.every((filter) =>
        metric.dimensions.some((dimension) => matches(filter, dimension))
      ) &&
      metric.latest >= oldest
  )
  const start = Number(input.NextToken ?? 0)
  if (!Number.isInteger(start) || start < 0) throw invalidValue('The NextToken is invalid.')
  const next = start + MAX_LISTED
  return {
    Metrics: found.slice(start, next).map(({ namespace, metricName, dimensions }) => ({
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: dimensions,
    })),
    NextToken: next < found.length ? String(next) : undefined,
  }
}

function matches(filter, { Name, Value }) {
  return filter.Name === Name && (filter.Value ?? Value) === Value
}
