/**
 * Reads a metric math expression as a tree.
 *
 *   IF(uses > 10, failures / uses)   ->   { call: 'IF', args: [{ operator: '>', … }, { operator: '/', … }] }
 *
 * Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics", "Metric math syntax and functions".
 */

/**
 * @typedef {{ number: number } | { text: string } | { name: string } | { call: string, args: Tree[] }
 *   | { list: Tree[] } | { operator: string, left: Tree, right: Tree } | { negated: Tree }} Tree
 */

/** The operators by how strongly they bind, weakest first. A level is read from left to right, but for powers. */
const LEVELS = [['OR'], ['AND'], ['==', '!=', '<=', '>=', '<', '>'], ['+', '-'], ['*', '/'], ['^']]

/** Other spellings of operators. */
const SPELLINGS = { '||': 'OR', '&&': 'AND' }

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z][A-Za-z0-9_]*)|('[^']*'|"[^"]*")|(\|\||&&|[=!<>]=|[-+*/^<>(),[\]]))/y

/** The deepest nesting that is read. Nobody writes deeper ones, and each takes a frame of the stack. */
const MAX_DEPTH = 100

/**
 * @param {string} expression
 * @returns {Tree}
 * @throws {SyntaxError} which says what is wrong, and where
 */
export function parse(expression) {
  const tokens = tokensOf(expression)
  let next = 0
  let depth = 0
  const peek = () => tokens[next]
  const wrong = (expected) => {
    const { text, at } = peek()
    return new SyntaxError(`expected ${expected} at ${at}, found ${text || 'the end'}`)
  }
  const take = (text) => {
    if (peek().text !== text || peek().kind === 'string') throw wrong(`"${text}"`)
    next++
  }

  function within(read) {
    if (++depth > MAX_DEPTH) throw new SyntaxError(`it is nested more than ${MAX_DEPTH} deep`)
    const tree = read()
    depth--
    return tree
  }

  function operation(level) {
    if (level === LEVELS.length) return unary()
    let left = operation(level + 1)
    for (;;) {
      const { kind } = peek()
      const operator = SPELLINGS[peek().text] ?? peek().text
      if (kind === 'string' || !LEVELS[level].includes(operator)) return left
      next++
      // Powers are read from right to left, and a minus may stand in an exponent.
      const right = within(() => operation(operator === '^' ? level : level + 1))
      left = { operator, left, right }
    }
  }

  function unary() {
    if (peek().kind !== 'symbol' || peek().text !== '-') return operand()
    next++
    // -2^2 is -(2^2).
    return { negated: within(() => operation(LEVELS.length - 1)) }
  }

  function operand() {
    const { kind, text } = peek()
    if (kind === 'number') {
      next++
      return { number: Number(text) }
    }
    if (kind === 'string') {
      next++
      return { text: text.slice(1, -1) }
    }
    if (kind === 'name') {
      next++
      return peek().text === '(' ? { call: text, args: items('(', ')') } : { name: text }
    }
    if (text === '[') return { list: items('[', ']') }
    if (text !== '(') throw wrong('a value')
    take('(')
    const tree = within(() => operation(0))
    take(')')
    return tree
  }

  function items(open, close) {
    take(open)
    const found = []
    while (peek().text !== close) {
      if (found.length > 0) take(',')
      found.push(within(() => operation(0)))
    }
    take(close)
    return found
  }

  const tree = operation(0)
  if (peek().kind !== 'end') throw wrong('an operator')
  return tree
}

function tokensOf(expression) {
  const tokens = []
  TOKEN.lastIndex = 0
  let at = 0
  while (expression.slice(at).trim() !== '') {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(expression)
    if (!found) {
      const { length } = /^\s*/.exec(expression.slice(at))[0]
      throw new SyntaxError(`${expression[at + length]} at ${at + length} cannot be read`)
    }
    const [whole, number, name, string, symbol] = found
    const text = number ?? name ?? string ?? symbol
    tokens.push({ kind: kindOf(number, name, string), text, at: at + whole.length - text.length })
    at = TOKEN.lastIndex
  }
  tokens.push({ kind: 'end', text: '', at: expression.length })
  return tokens
}

function kindOf(number, name, string) {
  if (number !== undefined) return 'number'
  if (name !== undefined) return /^(?:AND|OR)$/.test(name) ? 'symbol' : 'name'
  return string === undefined ? 'symbol' : 'string'
}
