'use strict'

// Reads the environment. The native side never reads it, so the variables that it uses are passed
// to it. A name that begins with `HKM_` and is not known is most likely misspelt.

const PREFIX = 'HKM_'
const IS_WINDOWS = process.platform === 'win32'

// Variables that are passed to the native side.
const NATIVE =
  /^(AWS_\w+|HKM_(ENVIRONMENT|ENDPOINT)|(OTEL_|GRAFANA_)?DEPLOYMENT_ENVIRONMENT|NODE_ENV|LOCALDOMAIN|RES_OPTIONS|HOME|USERPROFILE|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|(HTTPS|ALL|NO)_PROXY|(https|all|no)_proxy)$/

// The maximum number of unknown variables that are warned about, and of the characters of a name
// that are shown or compared.
const MAX_UNKNOWN = 5
const MAX_SHOWN = 64

/**
 * Returns the variables for the native side, and those of this package. Properties that
 * `process.env` inherits are no variables.
 */
function readVariables() {
  const variables = Object.create(null)
  const ofPackage = Object.create(null)
  for (const name of Object.keys(process.env)) {
    // On Windows, the case of a name does not matter.
    const known = IS_WINDOWS ? name.toUpperCase() : name
    if (known.startsWith(PREFIX)) ofPackage[known] = process.env[name]
    if (NATIVE.test(known)) variables[known] = process.env[name]
  }
  return { variables, ofPackage }
}

/** Returns all variables, for a child process. */
const readAllVariables = () => ({ __proto__: null, ...process.env })

/**
 * Returns a warning for each name that is not known, at most `MAX_UNKNOWN` and one with the number
 * of the others.
 *
 * @param {string[]} names
 * @param {string[]} known
 */
function unknownVariables(names, known) {
  const unknown = names.filter((name) => !known.includes(name)).sort()
  const shown = unknown.slice(0, MAX_UNKNOWN).map((name) => {
    const near = nearest(name, known) ?? begunBy(name, known)
    const advice = near ? `: did you mean ${near}?` : ''
    return `There is no variable ${name.slice(0, MAX_SHOWN)}${advice || '; it is ignored'}`
  })
  const others = unknown.length - shown.length
  return others > 0 ? [...shown, `${others} more variables ${PREFIX}… do not exist`] : shown
}

/** Returns the known name that is the most similar to a name, if it is similar enough. */
function nearest(name, known, most = Math.max(2, Math.floor((name.length - PREFIX.length) / 3))) {
  if (name.length > MAX_SHOWN) return undefined
  const byDistance = known
    .map((other) => ({ other, distance: editDistance(name.toUpperCase(), other) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return byDistance[0]?.other
}

/** Returns the known name that begins with a name, if there is only one. */
function begunBy(name, known) {
  const begun = known.filter((other) => other.startsWith(name.toUpperCase()))
  return begun.length === 1 ? begun[0] : undefined
}

/** Returns how many characters have to be added, removed or replaced (Levenshtein distance). */
function editDistance(from, to) {
  let previous = Uint8Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = new Uint8Array(to.length + 1)
    current[0] = row
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1] + (from[row - 1] === to[column - 1] ? 0 : 1)
      current[column] = Math.min(replaced, previous[column] + 1, current[column - 1] + 1)
    }
    previous = current
  }
  return previous[to.length]
}

module.exports = { readAllVariables, readVariables, unknownVariables, nearest }
