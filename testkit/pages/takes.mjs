/** What the commands of the repository take: scripts of npm, `hkm-native` and `local-cloudwatch`. */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = join(ROOT, 'cli/main.js')
const LOCAL_CLOUDWATCH = join(ROOT, 'local-cloudwatch/src/main.mjs')

const read = (file) => readFileSync(join(ROOT, file), 'utf8')
const { scripts } = JSON.parse(read('package.json'))
const helpOf = (file) => execFileSync(process.execPath, [file, '--help'], { encoding: 'utf8' })
const flagsIn = (text) => new Set(text.match(/--[a-z][a-z-]*/g))

/** The commands of `hkm-native`, and the options that they take. */
export function packageCommand() {
  const help = helpOf(COMMAND)
  const names = help.split('\nA module')[0].matchAll(/^ {2}([a-z]+) {2,}/gm)
  const { OPTIONS } = createRequire(import.meta.url)('../../cli/settings.js')
  const flags = new Set(Object.keys(OPTIONS).map((name) => `--${name}`))
  return { names: [...names].map(([, name]) => name), flags, told: flagsIn(help) }
}

/** The options of `local-cloudwatch`. */
export const localCommand = () => ({ flags: flagsIn(helpOf(LOCAL_CLOUDWATCH)) })

/** Whether `package.json` has a script. */
export const hasScript = (name) => Object.hasOwn(scripts, name)

/** The options that a script of npm takes: those of `parseArgs` in its file, and in the files that this one names. */
export function scriptFlags(name) {
  const file = /^node (\S+)/.exec(scripts[name] ?? '')?.[1]
  if (file === undefined) return new Set()
  const text = read(file)
  const named = [...text.matchAll(/'(\.{0,2}\/?[\w./-]+\.mjs)'/g)].flatMap(([, other]) => [
    join(dirname(file), other),
    other,
  ])
  const texts = [text, ...named.filter((other) => existsSync(join(ROOT, other))).map(read)]
  const options = texts.join('\n').matchAll(/(?<=[\s{])'?([a-z][a-z-]*)'?: \{ type: '/g)
  return new Set([...options].map(([, option]) => `--${option}`))
}
