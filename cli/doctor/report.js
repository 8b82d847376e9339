'use strict'

// The report of the doctor, for people and as JSON.

const { relative, sep } = require('node:path')
const { describeSpool } = require('./spool.js')

/** A path in the folder of the project, without it. */
const fromHere = (path) =>
  path.startsWith(process.cwd() + sep) ? relative(process.cwd(), path) : path

/** Rows of a name and a text. */
const rows = (list) => {
  const shown = list.filter(([, text]) => text !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)
}

/**
 * @param {object} result as `--json` prints it
 * @returns {string}
 */
function textOf(result) {
  const { installation, metrics, options, delivery, spool, cost, copies, problems, sent } = result
  const { package: version, runtime, version: ofRuntime, platform, binary } = installation
  const lines = [
    `hkm-native ${version} on ${runtime} ${ofRuntime}, ${platform}`,
    '',
    ...rows([
      ['sends', metrics && namespacesOf(metrics)],
      ['as', delivery && identityOf(delivery)],
      ['to', delivery?.endpoint && placeOf(delivery)],
      ['way', delivery?.connection && wayOf(delivery)],
      ['costs', cost && costOf(cost)],
      ['spool', spool && describeSpool(spool)],
      ['options', changed(options)],
      ['binary', binary && fromHere(binary)],
      ['copies', copies.length > 1 ? copies.map(({ path }) => path).join(', ') : undefined],
      [
        'sent',
        sent && `1 datum, ${sent.metric} in ${sent.namespace}: CloudWatch shows it within minutes`,
      ],
    ]),
    '',
    ...(problems.length === 0 ? ['No problem was found.'] : problems.flatMap(problemOf)),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function problemOf({ check, problem, why, mend }) {
  return [
    `✗ ${check}: ${ended(problem)}`,
    `  Why it matters: ${ended(why)}`,
    `  What mends it: ${ended(mend)}`,
    '',
  ]
}

const ended = (text) => (/[.?!]$/.test(text) ? text : `${text.replace(/: ?$/, '')}.`)

function namespacesOf({ list, modules }) {
  const counts = new Map()
  for (const { namespace } of list) counts.set(namespace, (counts.get(namespace) ?? 0) + 1)
  const told = [...counts].map(
    ([namespace, count]) => `${count} metric${count === 1 ? '' : 's'} of ${namespace}`
  )
  return `${told.join(', ')} (${modules.join(', ')})`
}

function identityOf({ credentials, identity, role, sourceDescription }) {
  if (credentials === undefined || credentials.problem) return undefined
  const until = credentials.expiresAt
    ? `, until ${new Date(credentials.expiresAt).toISOString()}`
    : ''
  const who = identity?.arn ?? role
  const from = `${sourceDescription}${until}`
  const untold = identity?.problem ? `. STS does not tell who that is: ${identity.problem}` : ''
  return who ? `${who} (${from})` : `${from}${untold}`
}

function placeOf({ endpoint, endpointFrom, region, regionFrom, deployment, deploymentFrom }) {
  const from = (variable) => (variable ? ` from ${variable}` : '')
  const ofRegion = region ? `, region ${region}${from(regionFrom)}` : ''
  return `${endpoint}${from(endpointFrom)}${ofRegion}, Environment ${deployment}${from(deploymentFrom)}`
}

function wayOf({ proxy, name, connection, credentials, identity, puts = [] }) {
  if (connection.problem) return undefined
  const { tls, issuer } = connection
  const encrypted = tls ? `, ${tls}${issuer ? ` by ${issuer}` : ''}` : ', not encrypted'
  return [
    ...(proxy ? [`through the proxy ${proxy}`] : []),
    ...(name ? [`${name.host} in ${name.ms} ms`] : []),
    `connected in ${connection.ms} ms${encrypted}`,
    `credentials in ${credentials.ms} ms`,
    ...(identity ? [`identity in ${identity.ms} ms`] : []),
    ...(puts.length > 0 ? [`a request in ${puts.at(-1).ms} ms`] : []),
  ].join('; ')
}

function costOf({ requests, series, leastSeries, mostSeries, openLabels }) {
  const each = `$${series.toFixed(2)} a month for each series that is recorded`
  const count =
    mostSeries === undefined
      ? `at least ${leastSeries}, and more with each value of ${openLabels.join(', ')}`
      : leastSeries === mostSeries
        ? `${leastSeries} in all`
        : `${leastSeries} to ${mostSeries}`
  return `${each} (${count}), and up to $${requests.toFixed(2)} for the requests of each process`
}

/** The options that are not those by default. */
function changed(options) {
  const set = Object.entries(options).filter(([, { from }]) => from !== 'default')
  return set.length === 0
    ? undefined
    : set.map(([name, { value, from }]) => `${name} ${value} from ${from}`).join(', ')
}

module.exports = { textOf }
