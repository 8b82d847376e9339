/** A project in which the programs of a page are type-checked, and run against a local CloudWatch. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { transform } from 'esbuild'
import { CREDENTIALS, environment, start } from '../harness.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const COMPILER_OPTIONS = {
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  module: 'node16',
  moduleResolution: 'node16',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
}

/**
 * Ends a program. The first call of the callback of a gauge is due by then: timers of one duration are called in the order in
 * which they were set.
 */
const EPILOGUE = `
{
  const { flushMetrics, metricsStats } = await import('@sim/hkm-native')
  await new Promise((resolve) => setTimeout(resolve, 1))
  // An observation may be made while a flush runs.
  do await flushMetrics()
  while (metricsStats().buffered + metricsStats().inFlight > 0)
  process.send?.(metricsStats())
}`

/**
 * @param {string} name
 * @param {Record<string, string>} [packages] other packages that programs import, and their folders
 */
export function project(name, packages = {}) {
  const folder = mkdtempSync(join(tmpdir(), `hkm-${name}-`))
  const all = {
    '@sim/hkm-native': ROOT,
    '@types/node': join(ROOT, 'node_modules/@types/node'),
    ...packages,
  }
  for (const [name, target] of Object.entries(all)) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link, 'junction')
  }
  const fileOf = ({ line }, extension) => join(folder, `line-${line}.${extension}`)

  return {
    folder,
    /** @param {import('./programs.mjs').Program[]} programs */
    check(programs, compiler = 'typescript') {
      for (const program of programs) writeFileSync(fileOf(program, 'mts'), program.code)
      const settings = join(folder, 'tsconfig.json')
      writeFileSync(
        settings,
        JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.mts'] })
      )
      const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc')
      try {
        execFileSync(process.execPath, [tsc, '-p', settings], { encoding: 'utf8', cwd: folder })
      } catch (error) {
        throw new Error(error.stdout)
      }
    },
    /**
     * Runs a program to its natural end.
     *
     * @param {import('./programs.mjs').Program} program
     * @param {{ runtime?: string, runtimeArgs?: string[] }} [options] by default, the runtime of the tests
     */
    async run(program, options = {}) {
      const isOwn = program.client === ''
      const { code } = await transform(isOwn ? program.code + EPILOGUE : program.code, {
        loader: 'ts',
        format: 'esm',
        target: 'node20',
      })
      const file = fileOf(program, 'mjs')
      writeFileSync(file, code)
      const cloudwatch = await startLocalCloudWatch()
      try {
        const env = environment(cloudwatch.endpoint, {
          ...CREDENTIALS,
          HKM_ENVIRONMENT: 'production',
        })
        const { child, ended } = start(pathToFileURL(file), { ...options, env })
        let stats
        child.once('message', (message) => {
          stats = message
        })
        return { ...(await ended), stats, arrived: seriesOf(cloudwatch) }
      } finally {
        await cloudwatch.close()
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** What a local CloudWatch holds: the values of each series, by its name and its unit. */
export function seriesOf(cloudwatch) {
  const series = new Map()
  for (const { namespace, metricName, dimensions, unit, values, counts } of cloudwatch.applied()) {
    const all = dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(', ')
    const name = `${namespace} ${metricName} {${all}} ${unit}`
    const known = series.get(name) ?? []
    values.forEach((value, index) => {
      known.push(...Array.from({ length: counts[index] }, () => value))
    })
    series.set(name, known)
  }
  return series
}
