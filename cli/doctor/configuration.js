'use strict'

// The options in force, and where the value of each comes from.

const { chosenOptions } = require('../../lib/configuration.js')
const { originOf, read } = require('../../lib/options.js')
const { nearest, readVariables } = require('../../lib/variables.js')
const { finding } = require('./finding.js')

/** Temporary keys begin like this, and are of no use without a session token. */
const TEMPORARY = /^ASIA/

/**
 * @returns {{
 *   findings: import('./finding.js').Finding[],
 *   options: Record<string, { value: unknown, from: string }>,
 *   settings: { options: object, variables: object },
 * }}
 */
function examineConfiguration() {
  const chosen = chosenOptions()
  const { options, variables, problems } = read(chosen)
  const { ofPackage } = readVariables()
  const shown = {}
  for (const name of Object.keys(options)) {
    if (options[name] === undefined) continue
    shown[name] = { value: options[name], from: originOf(name, chosen, ofPackage) ?? 'default' }
  }
  return {
    findings: [...problems.map(ofProblem), ...ofNames(), ...ofKeys(variables)],
    options: shown,
    chosen,
    settings: { options, variables },
  }
}

/** A problem names the variable first. */
function ofProblem(problem) {
  const [name] = /HKM_\w+/.exec(problem) ?? ['options']
  const isOff = /metrics are off$/.test(problem)
  return finding(
    'options',
    problem,
    isOff ? 'nothing is sent' : 'the package does not do what was meant',
    `Correct ${name}, or unset it`
  )
}

/** Variables of AWS that decide whether, as whom and where metrics are sent. Nobody else warns of a name like one of them. */
const OF_AWS = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'],
  ...['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CA_BUNDLE'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_CLOUDWATCH'],
]
/** Characters by which a misspelt name differs. More of them make another name. */
const MOST_MISSPELT = 2

function ofNames() {
  const others = Object.keys(process.env).filter(
    (name) => /^A?W?S_/.test(name) && !OF_AWS.includes(name)
  )
  return others.flatMap((name) => {
    const meant = nearest(name, OF_AWS, MOST_MISSPELT)
    if (meant === undefined) return []
    return [
      finding(
        'options',
        `there is no variable ${name}`,
        `it has no effect, if ${meant} was meant`,
        `Name it ${meant}`
      ),
    ]
  })
}

function ofKeys({ AWS_ACCESS_KEY_ID: id, AWS_SESSION_TOKEN: token }) {
  if (!TEMPORARY.test(id?.trim() ?? '') || token?.trim()) return []
  return [
    finding(
      'credentials',
      'AWS_ACCESS_KEY_ID is a temporary key, and AWS_SESSION_TOKEN is not set',
      'AWS knows no such key without its token, and denies each request',
      'Set AWS_SESSION_TOKEN too: all three were given together'
    ),
  ]
}

module.exports = { examineConfiguration }
