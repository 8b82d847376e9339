// What the figures were measured on.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

const ROOT = new URL('../', import.meta.url)

// A stripped release build is a tenth of a debug build.
const MAX_RELEASE_BYTES = 20e6

const PEERS = [
  ['@aws-sdk/client-cloudwatch', '../package.json'],
  ['prom-client', 'package.json'],
  ['@opentelemetry/sdk-metrics', 'package.json'],
  ['hot-shots', 'package.json'],
]

export function describeMachine(runtimes) {
  const versionOf = ([name, manifest]) => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(new URL(manifest, import.meta.url))
    )
    return [name, { ...devDependencies, ...dependencies }[name]]
  }
  return {
    cpu: cpus()[0].model,
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    runtimes: Object.fromEntries(runtimes.map(({ name, version }) => [name, version])),
    clients: Object.fromEntries(PEERS.map(versionOf)),
    date: new Date().toISOString().slice(0, 10),
  }
}

/** A sentence. */
export function tell({ cpu, cores, platform, runtimes, clients, date }) {
  const versions = [
    ...Object.entries(runtimes).map(([name, version]) => `${name.split(' ')[0]} ${version}`),
    ...Object.entries(clients).map(([name, version]) => `${name} ${version}`),
  ]
  return (
    `Measured on ${date}: ${cpu}, ${cores} cores, ${platform}; ${versions.join(', ')}. ` +
    'Medians of the rounds, with the least and the most.'
  )
}

export function warnOfDebugBuild() {
  for (const file of readdirSync(ROOT).filter((name) => name.endsWith('.node'))) {
    if (statSync(new URL(file, ROOT)).size > MAX_RELEASE_BYTES) {
      process.stderr.write(`${file} looks like a debug build: run npm run build for real figures\n`)
    }
  }
}
