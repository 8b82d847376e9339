/**
 * The API of CloudWatch as the page asks it: AWS JSON 1.0, as the AWS SDK for JavaScript speaks it.
 *
 *   page -> call('GetMetricData', { … }) -> the same queries that answer every other client
 */

/** GetMetricData, MetricDataQueries. */
const MAX_QUERIES = 500
/** Of an answer of GetMetricData. */
const MAX_POINTS = 100_800
/** Seconds. */
const DEFAULT_PERIOD = 60
/** Milliseconds until a connection that the browser gave up is tried once more. */
const AGAIN_MS = 1_000

export class ApiError extends Error {}

/** Like `fetch`, but with an error that a reader understands. */
async function ask(path, options) {
  try {
    return await fetch(path, options)
  } catch {
    throw new ApiError('The local CloudWatch does not answer: is it still running?')
  }
}

export async function call(operation, input) {
  const response = await ask('/', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
      'x-local-page': '1',
    },
    body: JSON.stringify(input),
  })
  const output = await response.json()
  if (!response.ok)
    throw new ApiError(output.message ?? output.Message ?? `status ${response.status}`)
  return output
}

/** Every metric, sorted: first the namespace, then the name, then those with fewer dimensions. */
export async function listMetrics() {
  const metrics = []
  let NextToken
  do {
    const page = await call('ListMetrics', { NextToken })
    metrics.push(...page.Metrics)
    NextToken = page.NextToken
  } while (NextToken)
  const keyOf = ({ Namespace, MetricName, Dimensions }) =>
    [
      Namespace,
      MetricName,
      String.fromCharCode(Dimensions.length),
      ...Dimensions.map(({ Value }) => Value),
      ...Dimensions.map(({ Name }) => Name),
    ].join('\0')
  return metrics
    .map((metric) => ({ ...metric, key: keyOf(metric) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * The answers to queries, by their id: for each a list of `{ label, points: Map { milliseconds -> value } }`.
 *
 * @param {object[]} queries MetricDataQuery
 * @param {{ from: number, to: number }} range milliseconds since the epoch
 */
export async function getMetricData(queries, range) {
  const found = new Map(queries.map(({ Id }) => [Id, []]))
  for (const MetricDataQueries of callsOf(queries, range)) {
    const { MetricDataResults } = await call('GetMetricData', {
      MetricDataQueries,
      StartTime: range.from / 1_000,
      EndTime: range.to / 1_000,
      ScanBy: 'TimestampAscending',
    })
    for (const { Id, Label, Timestamps, Values } of MetricDataResults) {
      const points = new Map(Timestamps.map((time, index) => [time * 1_000, Values[index]]))
      found.get(Id).push({ label: Label, points })
    }
  }
  return found
}

/** The queries of each call, so that no answer is too large. */
function callsOf(queries, range) {
  const parts = []
  let points = 0
  for (const query of queries.filter(({ ReturnData = true }) => ReturnData)) {
    const more = pointsOf(query, range)
    const last = parts.at(-1)
    if (last && last.length < MAX_QUERIES && points + more <= MAX_POINTS) {
      last.push(query)
      points += more
    } else {
      parts.push([query])
      points = more
    }
  }
  if (queries.every(({ Expression }) => Expression === undefined)) return parts
  // An expression needs those that it names, though they are not asked for.
  return parts.map((part) =>
    queries.map((query) => ({ ...query, ReturnData: part.includes(query) }))
  )
}

/** How many points a query returns at most. Its first period can begin before the range. */
function pointsOf({ MetricStat, Period = DEFAULT_PERIOD }, { from, to }) {
  return Math.ceil((to - from) / 1_000 / (MetricStat?.Period ?? Period)) + 1
}

/**
 * What the server tells on its own. The browser connects again after an end.
 *
 * @param {object} listeners
 * @param {(state: object) => void} listeners.onState
 * @param {(told: { run: string, requests: object[] }) => void} listeners.onRequests
 * @param {(isOpen: boolean) => void} listeners.onConnection
 */
export function listen(listeners) {
  const { onState, onRequests, onConnection } = listeners
  const events = new EventSource('/local/events')
  events.addEventListener('state', ({ data }) => onState(JSON.parse(data)))
  events.addEventListener('requests', ({ data }) => onRequests(JSON.parse(data)))
  events.addEventListener('open', () => onConnection(true))
  events.addEventListener('error', () => {
    onConnection(false)
    // Such as after an answer of another server on the same port.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => listen(listeners), AGAIN_MS)
  })
}

export async function switchFault(fault) {
  const response = await ask('/local/fault', { method: 'POST', body: JSON.stringify({ fault }) })
  if (!response.ok) throw new ApiError(await response.text())
  return response.json()
}

export async function getCost() {
  return (await ask('/local/cost')).json()
}
