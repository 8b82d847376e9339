/** Finds string literals in Rust: those of calls, and those of a function, an enum, a structure or a constant. */

/** Comments, strings and characters, so that no bracket or quote in them counts. */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|r#"[\s\S]*?"#|"(?:\\[\s\S]|[^"\\])*"|'(?:\\.[^'\n]*|[^\\'\n])'/g
const TESTS = /^#\[cfg\(test\)\]\n(?:#.*\n)*mod tests/m
const CLOSING = { '(': ')', '{': '}' }

/**
 * @typedef {object} Source
 * @property {string} code without its tests, and with blanks in place of comments and literals
 * @property {{ at: number, text: string }[]} literals
 *
 * @param {string} text of a file
 * @returns {Source}
 */
export function parseRust(text) {
  const literals = []
  const code = text.split(TESTS)[0].replace(TOKEN, (token, at) => {
    if (/^(r#)?"/.test(token)) literals.push({ at, text: textOf(token) })
    return token.replace(/[^\n]/g, ' ')
  })
  return { code, literals }
}

/** Returns the literals in the arguments of each call of a function with one of these names. */
export function callsOf({ code, literals }, names) {
  const call = new RegExp(`(?<!\\bfn )\\b(?:${names.join('|')})\\(`, 'g')
  return [...code.matchAll(call)].map(({ 0: found, index }) => {
    const begin = index + found.length - 1
    return within(literals, begin, endOf(code, begin))
  })
}

/** Returns the literals of an item, and of the attributes in the lines above it. */
export function literalsOf({ code, literals }, name) {
  const item = new RegExp(`^[^\\n]*\\b(fn|enum|struct|const) ${name}\\b`, 'm').exec(code)
  if (item === null) throw new Error(`there is no ${name}`)
  const [attributes] = /(?:#\[[^\n]*\]\n)*$/.exec(code.slice(0, item.index))
  const begin = item.index - attributes.length
  const end =
    item[1] === 'const' && !item[0].includes('fn')
      ? code.indexOf(';\n', item.index)
      : endOf(code, code.indexOf('{', item.index))
  return within(literals, begin, end)
}

function within(literals, begin, end) {
  return literals.filter(({ at }) => at > begin && at < end).map(({ text }) => text)
}

/** Returns the place of the bracket that closes the one at `begin`. */
function endOf(code, begin) {
  const open = code[begin]
  let depth = 0
  for (let at = begin; at < code.length; at++) {
    if (code[at] === open) depth++
    else if (code[at] === CLOSING[open] && --depth === 0) return at
  }
  throw new Error(`nothing closes: ${code.slice(begin, begin + 80)}`)
}

/** Returns the text of a literal, with `…` in place of each value. */
function textOf(token) {
  const text = token.startsWith('r')
    ? token.slice(3, -2)
    : token
        .slice(1, -1)
        .replace(/\\\n\s*/g, '')
        .replace(/\\(["\\])/g, '$1')
  return text.replace(/\{[^{}]*\}/g, '…')
}
