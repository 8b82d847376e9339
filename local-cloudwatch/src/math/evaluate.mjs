/**
 * Evaluates metric math.
 *
 *   expression -> parse -> tree -> evaluate (other queries by their id, functions) -> one series, or a list of them
 *
 * Operators on two series keep the moments that both have. A division by zero has no value.
 *
 * Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
 */

import { FUNCTIONS, UNSUPPORTED, WORDS } from './functions.mjs'
import { isSeries, seriesOf, valueAt } from './series.mjs'

/** @typedef {import('./series.mjs').Value} Value */

/**
 * @typedef {object} Context
 * @property {(id: string) => Value | undefined} resolve the value of another query
 * @property {{ id: string, series: import('./series.mjs').Series }[]} metrics of the query, without expressions
 * @property {number} period seconds
 * @property {(period: number) => number[]} times the moments of the range of the query, in milliseconds
 * @property {(search: string, statistic: string, period: number) => import('./series.mjs').Series[]} search
 */

const isTrue = (number) => number !== 0

const OPERATORS = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  AND: (a, b) => Number(isTrue(a) && isTrue(b)),
  OR: (a, b) => Number(isTrue(a) || isTrue(b)),
}

/**
 * @param {import('./parse.mjs').Tree} tree
 * @param {Context} context
 * @returns {Value}
 * @throws {SyntaxError} which says what is wrong
 */
export function evaluate(tree, context) {
  if ('number' in tree) return tree.number
  if ('text' in tree) return tree.text
  if ('name' in tree) return named(tree.name, context)
  if ('list' in tree) return listOf(tree.list.map((item) => evaluate(item, context)))
  if ('negated' in tree) return operate('-', 0, evaluate(tree.negated, context))
  if ('call' in tree) return call(tree, context)
  const { operator, left, right } = tree
  return operate(operator, evaluate(left, context), evaluate(right, context))
}

function named(name, { resolve }) {
  const value = resolve(name)
  if (value !== undefined) return value
  if (WORDS.has(name)) return name
  throw new SyntaxError(`there is no query with the Id ${name}`)
}

function listOf(values) {
  if (values.some((value) => !isSeries(value) && !Array.isArray(value))) {
    throw new SyntaxError('a list may hold time series alone')
  }
  return values.flat()
}

function call({ call: name, args }, context) {
  if (name === 'SEARCH') return search(args, context)
  if (UNSUPPORTED.has(name))
    throw new SyntaxError(`${name} is not supported by this local CloudWatch`)
  if (!Object.hasOwn(FUNCTIONS, name)) throw new SyntaxError(`there is no function ${name}`)
  const values = args.map((arg) => evaluate(arg, context))
  try {
    return FUNCTIONS[name](values, context)
  } catch (error) {
    throw error instanceof SyntaxError ? new SyntaxError(`${name}: ${error.message}`) : error
  }
}

function search(args, context) {
  const [text, statistic, period = context.period] = args.map((arg) => arg.text ?? arg.number)
  if (
    args.length < 2 ||
    args.length > 3 ||
    typeof text !== 'string' ||
    typeof statistic !== 'string'
  ) {
    throw new SyntaxError(
      "SEARCH: expected a search, a statistic and a period, as in SEARCH('{Shop}', 'Sum', 60)"
    )
  }
  return context.search(text, statistic, period)
}

function operate(operator, left, right) {
  const apply = OPERATORS[operator]
  if (typeof left === 'string' || typeof right === 'string') {
    throw new SyntaxError(`${operator} takes no texts`)
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    throw new SyntaxError(`${operator} takes no two lists of time series`)
  }
  if (Array.isArray(left)) return left.map((series) => operate(operator, series, right))
  if (Array.isArray(right)) return right.map((series) => operate(operator, left, series))
  if (!isSeries(left) && !isSeries(right)) return apply(left, right)
  const first = isSeries(left) ? left : right
  return seriesOf(first, first.points.keys(), (time) => {
    const [a, b] = [valueAt(left, time), valueAt(right, time)]
    return a === undefined || b === undefined ? undefined : apply(a, b)
  })
}
