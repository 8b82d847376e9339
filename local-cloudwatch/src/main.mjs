#!/usr/bin/env node
/** The command `local-cloudwatch`: starts a CloudWatch with its page on loopback, and ends with Control-C. */

import { readFileSync } from 'node:fs'
import { parse } from 'node:path'
import { parseArgs } from 'node:util'
import { startLocalCloudWatch } from './server.mjs'

const DEFAULT_PORT = 4586
/**
 * Measured, in memory of the process: 180 MB with a million values of 100 series, 330 MB with 200,000 series of one value,
 * 770 MB with a million values of 200,000 series, each in a minute of its own.
 */
const KEEP = { requests: 1_000, datums: 0, samples: 1_000_000, series: 200_000 }

const HELP = `Usage: local-cloudwatch [--port ${DEFAULT_PORT}] [--host 127.0.0.1] [--dashboard FILE] [--alarms FILE]

Starts an Amazon CloudWatch on loopback, with a page that shows what it gets.

  --port PORT       where it listens; 0: a free port (default ${DEFAULT_PORT})
  --host HOST       127.0.0.1 or ::1 (default 127.0.0.1)
  --dashboard FILE  the body of a dashboard, which is shown by the name of the file; several times for several
  --alarms FILE     a list of inputs of PutMetricAlarm; several times for several
  -h, --help        this text
  --version         the version
`

/** A dashboard is named as its file. Source: PutDashboard, DashboardName. */
const NAME = /^[A-Za-z0-9_-]{1,255}$/
const HOSTS = ['127.0.0.1', '::1']

class UsageError extends Error {}

function settings() {
  const options = {
    port: { type: 'string', default: String(DEFAULT_PORT) },
    host: { type: 'string', default: HOSTS[0] },
    dashboard: { type: 'string', multiple: true, default: [] },
    alarms: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h', default: false },
    version: { type: 'boolean', default: false },
  }
  const { values } = parsed(options)
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new UsageError(`--port must be 0 to 65535, not ${values.port}`)
  }
  if (!HOSTS.includes(values.host)) {
    throw new UsageError(
      `--host must be ${HOSTS.join(' or ')}, not ${values.host}: nobody else may reach it`
    )
  }
  const inputs = [
    ...values.dashboard.map((file) => ['PutDashboard', dashboardIn(file)]),
    ...values.alarms.flatMap((file) => alarmsIn(file).map((alarm) => ['PutMetricAlarm', alarm])),
  ]
  return { ...values, port, inputs }
}

function parsed(options) {
  try {
    return parseArgs({ options })
  } catch (error) {
    throw new UsageError(error.message)
  }
}

function dashboardIn(file) {
  const DashboardName = parse(file).name
  if (!NAME.test(DashboardName)) {
    throw new UsageError(
      `${file}: a dashboard has the name of its file, which may hold letters, digits, - and _, up to 255 in all`
    )
  }
  return { DashboardName, DashboardBody: read(file) }
}

function alarmsIn(file) {
  let alarms
  try {
    alarms = JSON.parse(read(file))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} is no JSON: ${error.message}`)
  }
  if (!Array.isArray(alarms))
    throw new UsageError(`${file} must be a list of inputs of PutMetricAlarm`)
  for (const [index, alarm] of alarms.entries()) {
    if (typeof alarm === 'object' && alarm !== null && !Array.isArray(alarm)) continue
    throw new UsageError(`${file}: item ${index} must be an input of PutMetricAlarm, an object`)
  }
  return alarms
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error.message}`)
  }
}

/** As any client would. */
async function put(endpoint, operation, input) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
    },
    body: JSON.stringify(input),
  })
  const { message, Message = message, dashboardValidationMessages: details } = await answer.json()
  if (answer.ok) return
  const name = input.DashboardName ?? input.AlarmName
  const why = details?.map(({ DataPath, Message: text }) => `${DataPath}: ${text}`).join('; ')
  throw new Error(`${operation} of ${name} was refused: ${Message}${why ? ` (${why})` : ''}`)
}

async function main() {
  const { port, host, help, version, inputs } = settings()
  if (help) return process.stdout.write(HELP)
  if (version) return process.stdout.write(`${versionOf()}\n`)
  const cloudwatch = await startLocalCloudWatch({ port, host, page: true, keep: KEEP })
  try {
    for (const [operation, input] of inputs) await put(cloudwatch.endpoint, operation, input)
  } catch (error) {
    await cloudwatch.close()
    throw error
  }
  process.stdout.write(greeting(cloudwatch.endpoint))
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => cloudwatch.close())
}

function versionOf() {
  const file = new URL('../package.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).version
}

const greeting = (endpoint) => `CloudWatch listens on loopback. Control-C ends it.

  Its page: ${endpoint}

Let an application send its metrics here:

  export AWS_ENDPOINT_URL_CLOUDWATCH=${endpoint}
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

`

/** The reader of the output may end, as in `local-cloudwatch | head -3`. The server goes on. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }) => {
    if (code !== 'EPIPE') process.exitCode = 1
  })
}

main().catch((error) => {
  const message =
    error.code === 'EADDRINUSE' ? `${error.message}: choose another --port` : error.message
  process.stderr.write(`local-cloudwatch: ${message}\n`)
  if (error instanceof UsageError)
    process.stderr.write('\nlocal-cloudwatch --help tells the options.\n')
  process.exitCode = error instanceof UsageError ? 2 : 1
})
