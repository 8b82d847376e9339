// Compares what a row expects with what its columns have given.

const isReached = (result) => result !== 'no'

/**
 * Returns what the package does wrong in a row.
 *
 * @param {import('./rows.mjs').Row} row
 * @param {{ results: string[], error?: string, stderr: string }} own the outcome of the package, as of `playDns`
 * @returns {string[]}
 */
export function problemsOfPackage(row, own) {
  const problems = []
  const expected = [row, row.afterwards ?? []].flat().map((phase) => phase.expected)
  if (own.results.join() !== expected.join()) {
    problems.push(`the package gave ${own.results} in place of ${expected}: ${own.error}`)
  }
  if (row.error && !row.error.test(own.error)) problems.push(`the error is ${own.error}`)
  if (row.warning && own.stderr.match(row.warning)?.length !== 1) {
    problems.push(`the warnings are ${own.stderr}`)
  }
  const isFaultless = !row.warning && expected.every((result) => result === 'yes')
  if (isFaultless && own.stderr !== '') problems.push(`an unexpected warning: ${own.stderr}`)
  return problems
}

/**
 * Returns what is wrong with a row, in which the package may differ from the others if the row says why.
 *
 * @param {import('./rows.mjs').Row} row
 * @param {{ package: object, libc: object, node: object }} outcomes of `playDns`
 * @returns {string[]}
 */
export function problemsOf(row, outcomes) {
  const problems = problemsOfPackage(row, outcomes.package)
  const reached = outcomes.package.results.map(isReached)
  const others = [outcomes.libc, outcomes.node].map(({ results }) => results.map(isReached))
  const differs = others.some((other) => other.join() !== reached.join())
  const isWorse = others.some((other) => other.some((hit, phase) => hit && !reached[phase]))
  if (isWorse) problems.push('another column reached CloudWatch, and the package did not')
  if (differs && !row.why) problems.push('the columns differ, and nothing says why')
  if (!differs && row.why) problems.push(`the columns agree, and the row says why not: ${row.why}`)
  return problems
}
