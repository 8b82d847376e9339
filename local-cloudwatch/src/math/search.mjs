/**
 * Reads the search of `SEARCH('{Shop/Orders,Environment,Reason} MetricName="failed" Environment="production"', …)`: the
 * namespace, the exact set of dimensions, and terms about names and values.
 *
 *   {namespace,dimension,…}   the metrics with exactly these dimensions; a name with other characters in quotes
 *   Property="text"           a property that is exactly so: Namespace, MetricName, or a dimension
 *   Property=(a OR b), text   a part of a property, or of any; terms side by side must all hold, as with AND
 *
 * Source: CloudWatch User Guide, "CloudWatch search expression syntax".
 */

/**
 * @typedef {(metric: import('../store.mjs').Metric) => boolean} Filter
 */

/** The most characters. Source: "CloudWatch quotas", search expressions. */
const MAX_QUERY_LENGTH = 1_024

const SCHEMA = /^\s*\{([^}]*)\}/
const SCHEMA_ITEM = /\s*(?:"([^"]*)"|([^",]+?))\s*(?:,|$)/y
const TERM =
  /\s*(?:(\()|(\))|(AND|OR|NOT)(?![A-Za-z0-9_])|:?([A-Za-z0-9_./#:-]+)\s*=\s*|"([^"]*)"|([^\s()"=]+))/y

/**
 * @param {string} text
 * @returns {Filter}
 * @throws {SyntaxError} which says what is wrong
 */
export function searchOf(text) {
  if (text.length > MAX_QUERY_LENGTH) {
    throw new SyntaxError(`a search has at most ${MAX_QUERY_LENGTH} characters`)
  }
  const schema = SCHEMA.exec(text)
  const terms = termsOf(text.slice(schema?.[0].length ?? 0))
  if (!schema) return terms
  const isOfSchema = schemaOf(schema[1])
  return (metric) => isOfSchema(metric) && terms(metric)
}

function schemaOf(text) {
  const items = itemsOf(text)
  const [namespace, ...names] = items
  if (!namespace)
    throw new SyntaxError('a schema begins with a namespace, as in {Shop/Orders,Environment}')
  const expected = JSON.stringify(names.sort())
  return (metric) =>
    metric.namespace === namespace &&
    JSON.stringify(metric.dimensions.map(({ Name }) => Name).sort()) === expected
}

function itemsOf(text) {
  const items = []
  SCHEMA_ITEM.lastIndex = 0
  while (SCHEMA_ITEM.lastIndex < text.length) {
    const found = SCHEMA_ITEM.exec(text)
    if (!found) throw new SyntaxError(`the schema {${text}} cannot be read`)
    items.push(found[1] ?? found[2])
  }
  return items
}

/** @returns {Filter} */
function termsOf(text) {
  const tokens = tokensOf(text)
  let next = 0
  const is = (kind, value) =>
    tokens[next]?.kind === kind && (value ?? tokens[next].text) === tokens[next].text
  const isEnd = () => next === tokens.length || is('close')

  function any(of) {
    let left = all(of)
    while (is('word', 'OR')) {
      next++
      left = either(left, all(of))
    }
    return left
  }

  function all(of) {
    let left = single(of)
    while (!isEnd() && !is('word', 'OR')) {
      if (is('word', 'AND')) next++
      left = both(left, single(of))
    }
    return left
  }

  function single(of) {
    const token = tokens[next++]
    if (token?.kind === 'word' && token.text === 'NOT') {
      const not = single(of)
      return (metric) => !not(metric)
    }
    if (token?.kind === 'property') return single(token.text)
    if (token?.kind === 'text')
      return (metric) => texts(metric, of).some((value) => value === token.text)
    if (token?.kind === 'part') {
      const part = token.text.toLowerCase()
      return (metric) => texts(metric, of).some((value) => value.toLowerCase().includes(part))
    }
    if (token?.kind !== 'open')
      throw new SyntaxError('the search ends too early, or a word is missing')
    const within = any(of)
    if (!is('close')) throw new SyntaxError('the search misses a ")"')
    next++
    return within
  }

  if (tokens.length === 0) return () => true
  const filter = any(undefined)
  if (next < tokens.length) throw new SyntaxError('the search has a ")" too many')
  return filter
}

const either = (a, b) => (metric) => a(metric) || b(metric)
const both = (a, b) => (metric) => a(metric) && b(metric)

/** The texts of a metric that a term is about: one property, or all. */
function texts({ namespace, metricName, dimensions }, property) {
  if (property === 'Namespace') return [namespace]
  if (property === 'MetricName') return [metricName]
  if (property === undefined) {
    return [namespace, metricName, ...dimensions.flatMap(({ Name, Value }) => [Name, Value])]
  }
  return dimensions.filter(({ Name }) => Name === property).map(({ Value }) => Value)
}

function tokensOf(text) {
  const tokens = []
  TERM.lastIndex = 0
  while (text.slice(TERM.lastIndex).trim() !== '') {
    const at = TERM.lastIndex
    const found = TERM.exec(text)
    if (!found) throw new SyntaxError(`${text.slice(at).trim()} in a search cannot be read`)
    const [, open, close, word, property, quoted, part] = found
    if (open) tokens.push({ kind: 'open', text: open })
    else if (close) tokens.push({ kind: 'close', text: close })
    else if (word) tokens.push({ kind: 'word', text: word })
    else if (property) tokens.push({ kind: 'property', text: property })
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted })
    else tokens.push({ kind: 'part', text: part })
  }
  return tokens
}
