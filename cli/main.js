#!/usr/bin/env node
'use strict'

// The command `hkm-native`. Each of its commands prints what it makes, and changes nothing.
//
//   hkm-native doctor [module…]                                    ->  what is wrong  ->  stdout; exit code 0 or 1
//   hkm-native dashboard | alarms | policy | reference [module…]   ->  stdout; what is left out, and why  ->  stderr

const { parseArgs } = require('node:util')
const { alarmsOf } = require('./alarms.js')
const { dashboardOf } = require('./dashboard.js')
const { doctor } = require('./doctor.js')
const { FORMATS, formatted } = require('./formats.js')
const { HELP } = require('./help.js')
const { metricsOf } = require('./metrics.js')
const { end, print } = require('./output.js')
const { policyOf } = require('./policy.js')
const { referenceOf } = require('./reference.js')
const { rolesOf } = require('./roles.js')
const { OPTIONS, settingsOf } = require('./settings.js')
const { UsageError } = require('./usage-error.js')

const DEFAULT_MODULE = 'hosted-key'

const COMMANDS = {
  async doctor(modules, settings) {
    const { output, isHealthy } = await doctor(modules, settings)
    print(output)
    process.exitCode = isHealthy ? 0 : 1
  },
  async dashboard(modules, settings) {
    const metrics = await metricsOf(modules)
    const { dashboard, notes } = dashboardOf(metrics, rolesOf(metrics, settings), settings)
    for (const note of notes) process.stderr.write(`hkm-native: not drawn: ${note}\n`)
    printJson(formatted(settings.format, settings.name, { dashboard }))
  },
  async alarms(modules, settings) {
    const metrics = await metricsOf(modules)
    const { alarms, notes } = alarmsOf(rolesOf(metrics, settings), settings)
    for (const note of notes) process.stderr.write(`hkm-native: no alarm: ${note}\n`)
    if (alarms.length === 0) throw new UsageError('there is nothing to alarm on')
    printJson(formatted(settings.format, settings.name, { alarms }))
  },
  async policy(modules, settings) {
    printJson(
      formatted(settings.format, settings.name, { policy: policyOf(await metricsOf(modules)) })
    )
  },
  async reference(modules, settings) {
    print(referenceOf(await metricsOf(modules), settings))
  },
}

const printJson = (value) => print(`${JSON.stringify(value, null, 2)}\n`)

async function main(args) {
  const { values, positionals } = parsed(args)
  const [command, ...modules] = positionals
  if (values.version) return print(`${require('../package.json').version}\n`)
  if (values.help || command === undefined || command === 'help') return print(HELP)
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new UsageError(
      `there is no command ${command}; there are ${Object.keys(COMMANDS).join(', ')}`
    )
  }
  const names = modules.length > 0 ? modules : [DEFAULT_MODULE]
  return COMMANDS[command](names, settingsOf(values, FORMATS))
}

function parsed(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error.message)
  }
}

main(process.argv.slice(2))
  .catch((error) => {
    const text = error instanceof UsageError ? error.message : error.stack
    process.stderr.write(`hkm-native: ${text}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  })
  .finally(end)
