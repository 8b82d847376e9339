'use strict'

// Judges what the native side found on the way to CloudWatch. It goes the way with the code that delivers; see
// `src/doctor.rs`.

const { homedir } = require('node:os')
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { finding } = require('./finding.js')

const NOT_SENT =
  'nothing can be sent. Records are kept while there is room, and lost when the process ends'

/**
 * What `diagnose` returns. A step without `problem` was done.
 *
 * @typedef {{ ms: number, problem?: string, kind?: string, advice?: string }} Step
 *
 * @typedef {object} Found
 * @property {string} [off] why metrics are off. There is nothing else then but `isMistake`.
 * @property {string} source the name of the source of credentials, as in the statistics
 * @property {string} sourceDescription
 * @property {string} deployment the value of the dimension `Environment`
 * @property {string} [deploymentFrom] the variable that holds it, if no option does. The same for others.
 * @property {string} [role] the ARN of the role to assume
 * @property {Step & { expiresAt?: number }} credentials
 * @property {string} region
 * @property {string} [regionFrom]
 * @property {string} [endpoint]
 * @property {string} [endpointFrom]
 * @property {string} [endpointProblem]
 * @property {string} [proxy] host and port
 * @property {string} [proxyVariable]
 * @property {string} [proxyProblem]
 * @property {Step & { host: string, addresses?: string[] }} [name] of the host, or of the proxy
 * @property {Step & { tls?: string, issuer?: string }} [connection]
 * @property {Step & { arn?: string }} [identity] not there if STS cannot know the credentials
 * @property {(Step & { namespace: string })[]} [puts] a request without data for each namespace
 * @property {number} clockOffsetMs by how much AWS is ahead, if it is more than a minute
 * @property {{ kind: string, text: string }[]} [warnings]
 */

/**
 * @param {Found} found
 * @param {Record<string, string>} variables
 * @param {Record<string, { value: unknown, from: string }>} options
 * @returns {import('./finding.js').Finding[]}
 */
function judge(found, variables, { enabled }) {
  if (found.off !== undefined) return [off(found.off, variables, enabled)]
  const wayOut = network(found)
  return [
    ...warnings(found),
    ...credentials(found),
    ...(wayOut.length > 0 ? wayOut : permission(found)),
  ]
}

function off(why, variables, { from }) {
  if (from === 'configureMetrics' && /^disabled/.test(why)) {
    return finding(
      'enabled',
      `metrics are off: ${why}`,
      'nothing is recorded or sent',
      'A module calls configureMetrics({ enabled: false }): change it there'
    )
  }
  const { mend } = OFF.find(({ says }) => says.test(why)) ?? {}
  const files = mend === undefined || variables.HKM_ENABLED ? [] : profiles(variables)
  return finding(
    'enabled',
    `metrics are off: ${why}`,
    'nothing is recorded or sent',
    [mend ?? 'Correct it', ...files].join('. ')
  )
}

const OFF = [
  {
    says: /^disabled/,
    mend: 'Set HKM_ENABLED=true, or unset it: metrics are on where there are credentials',
  },
  {
    says: /^no credentials/,
    mend:
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task, pod or instance a role. To try it without AWS, ' +
      'start npx @sim/local-cloudwatch and set what it prints',
  },
  { says: /is set, but (\w+) is not/, mend: 'Set both, or neither' },
  { says: /^a role is set/, mend: 'Give it credentials to assume the role with' },
  {
    says: /^an endpoint on this machine/,
    mend: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: a local CloudWatch accepts any',
  },
]

function profiles({ AWS_PROFILE, HOME }) {
  if (AWS_PROFILE) return ['AWS_PROFILE is used only with HKM_ENABLED=true']
  const file = join(HOME || homedir(), '.aws', 'credentials')
  return existsSync(file) ? ['The profiles in ~/.aws are used only with HKM_ENABLED=true'] : []
}

/** By the subject of a warning, what it is about, why it matters and what mends it. Others are about a variable. */
const WARNINGS = {
  region: [
    'region',
    'metrics of another region are on none of your dashboards',
    'Set AWS_REGION to the name of a region, such as eu-west-1, or HKM_REGION for metrics alone',
  ],
  proxy: ['proxy', 'requests may not find the way out', 'Correct the variable'],
  certificates: [
    'certificates',
    'the certificates that it names are not trusted',
    'Correct the variable, or unset it',
  ],
  names: ['name', 'no name can be looked up', 'Name a server in /etc/resolv.conf'],
  clock: [
    'clock',
    'other clients of AWS are refused, and the timestamps of logs are wrong',
    'Set the clock of the system: chronyc makestep, or timedatectl set-ntp true',
  ],
}

/** A proxy that cannot be used is told as what keeps requests from going out. */
const warnings = ({ warnings = [], proxyProblem }) =>
  warnings.filter(({ kind }) => kind !== 'proxy' || proxyProblem === undefined).map(warning)

function warning({ kind, text }) {
  const [check, why, mend] = WARNINGS[kind] ?? [
    'options',
    'the package does not do what was meant',
    `Correct ${kind}, or unset it`,
  ]
  return finding(check, text, why, mend)
}

function credentials({ credentials: { problem, advice }, sourceDescription }) {
  if (problem === undefined) return []
  const told = problem.replace(/^CredentialsError: /, '')
  const subject = told.startsWith(sourceDescription) ? '' : `${sourceDescription}: `
  return [finding('credentials', `${subject}${told}`, NOT_SENT, advice)]
}

/** The first step that failed. Those after it fail for the same reason. */
function network({ endpoint, endpointProblem, proxyProblem, name, connection }) {
  if (endpointProblem)
    return [finding('endpoint', endpointProblem, NOT_SENT, 'Correct endpoint_url of the profile')]
  if (proxyProblem) return [finding('proxy', proxyProblem, NOT_SENT, 'Correct the variable')]
  if (name?.problem) {
    const mend =
      'Check the region, the endpoint and the proxy for a misspelt name, and /etc/resolv.conf'
    return [finding('name', name.problem, NOT_SENT, mend)]
  }
  if (connection?.problem) {
    return [
      finding(
        'connection',
        `${endpoint}: ${connection.problem}`,
        NOT_SENT,
        wayTo(endpoint, connection.problem)
      ),
    ]
  }
  return []
}

function wayTo(endpoint, problem) {
  if (/an http URL/.test(problem))
    return `Begin the endpoint with http:// if that is what ${new URL(endpoint).host} speaks`
  if (/certificate|TLS/i.test(problem)) {
    return 'Name the certificate of the authority in NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE'
  }
  if (/proxy/i.test(problem))
    return 'Correct HTTPS_PROXY, or name the host in NO_PROXY if it can be reached directly'
  const { hostname, port } = new URL(endpoint)
  if (/^(localhost|127\.|\[::1\])/.test(hostname)) {
    const here = `Start what should listen there, as by npx @sim/local-cloudwatch --port ${port || 80}, or correct the endpoint`
    const isAlone = isInContainer() ? `. In a container, ${hostname} is the container itself` : ''
    return here + isAlone
  }
  return 'Open the way: a route or a NAT gateway, or a VPC endpoint com.amazonaws.REGION.monitoring; port 443 in security groups'
}

function isInContainer() {
  return (
    existsSync('/.dockerenv') ||
    existsSync('/run/.containerenv') ||
    Boolean(process.env.KUBERNETES_SERVICE_HOST)
  )
}

/** The namespaces that were refused, each once for a reason that is about all of them. */
function permission({ puts = [], region }) {
  const refused = puts.filter(({ problem }) => problem !== undefined)
  const [first] = refused
  if (first === undefined) return []
  const { check, says, why, mend } = refusal(first)
  const namespaces = refused.map(({ namespace }) => namespace).join(', ')
  if (check !== 'permission') {
    return [finding(check, `${says}: ${first.problem}`, why, mend(region))]
  }
  const isConditional = refused.length < puts.length
  const accepted = puts
    .filter(({ problem }) => problem === undefined)
    .map(({ namespace }) => namespace)
  return [
    finding(
      check,
      isConditional
        ? `CloudWatch takes ${accepted.join(', ')}, and denies ${namespaces}: ${first.problem}`
        : `CloudWatch denies ${namespaces}: ${first.problem}`,
      why,
      isConditional
        ? 'A policy has the condition cloudwatch:namespace: add the namespace to it. npx hkm-native policy prints the whole one'
        : mend(region)
    ),
  ]
}

/** By the code of an answer, or by what kind of failure it is. */
function refusal({ kind, problem, advice }) {
  // CloudWatch names the error.
  if (kind === 'Denied' && /^HTTP/.test(problem)) return KINDS.Foreign
  const byCode = CODES.find(({ code }) => code.test(problem))
  if (byCode) return byCode
  return (
    KINDS[kind] ?? {
      check: 'request',
      says: 'CloudWatch was not reached as it should be',
      why: NOT_SENT,
      mend: () => advice,
    }
  )
}

const DENIED = 'all records are kept until there is no room, and then the oldest are dropped'

const CODES = [
  {
    code: /^Expired/,
    check: 'credentials',
    says: 'the credentials have expired',
    why: DENIED,
    mend: () => 'Get new ones, as by aws sso login, or let a role give them',
  },
  {
    code: /^(InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|AuthFailure)/,
    check: 'credentials',
    says: 'AWS does not know the access key',
    why: DENIED,
    mend: (region) =>
      `Check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, and that the account has the region ${region}`,
  },
]

const KINDS = {
  Denied: {
    check: 'permission',
    why: DENIED,
    mend: () => 'Allow cloudwatch:PutMetricData. npx hkm-native policy prints the policy',
  },
  BadSignature: {
    check: 'credentials',
    says: 'the signature is wrong',
    why: DENIED,
    mend: () =>
      'Check AWS_SECRET_ACCESS_KEY for missing characters and blanks, and the clock of the system',
  },
  Foreign: {
    check: 'endpoint',
    says: 'what answers is not CloudWatch',
    why: NOT_SENT,
    mend: () =>
      'Check the endpoint, and look for a proxy or a login page of the network on the way',
  },
  Unanswered: {
    check: 'request',
    says: 'CloudWatch gave no answer',
    why: 'records wait, and are dropped if that lasts',
    mend: () =>
      'Call the doctor again. If it lasts, look at what is between here and there: proxies, firewalls, limits of a NAT gateway',
  },
  Unavailable: {
    check: 'request',
    says: 'CloudWatch failed',
    why: 'records wait, and are dropped if that lasts',
    mend: () => 'Call the doctor again. If it lasts, the AWS Health Dashboard tells of outages',
  },
  Throttled: {
    check: 'quota',
    says: 'CloudWatch throttles the account',
    why: 'records wait, and are dropped if that lasts',
    mend: () => 'Raise HKM_FLUSH_INTERVAL_MS to 60000, or ask for a higher quota of PutMetricData',
  },
}

module.exports = { judge }
