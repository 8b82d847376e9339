// Each command, option and variable in the documentation exists, and each command is run somewhere.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { commandsOf, flagsOf, variablesIn } from '../testkit/pages/commands.mjs'
import { hasScript, localCommand, packageCommand, scriptFlags } from '../testkit/pages/takes.mjs'
import { variablesOf } from '../testkit/pages/variables.mjs'

const url = (path) => new URL(`../${path}`, import.meta.url)
const read = (path) => readFileSync(url(path), 'utf8')

const docs = readdirSync(url('docs/')).filter((file) => file.endsWith('.md'))
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'local-cloudwatch/README.md'],
  ...docs.map((file) => `docs/${file}`),
]

const CI = '.ci/run'
/** The scripts that `.ci/run` calls. */
const OF_CI = ['demo', 'guard', 'simulate', 'matrix:faults', 'matrix:endings', 'matrix:hosts']
const VERIFY = 'scripts/verify.mjs'
/** Those that `npm run verify` adds. */
const OF_VERIFY = [
  ...['matrix:credentials', 'matrix:copies', 'matrix:dns', 'matrix:tls', 'matrix:proxies'],
  ...['matrix:kills', 'fleet'],
]

const BUNDLERS = 'matrix/hosts/groups/bundlers.mjs'
const EXECUTABLES = 'matrix/hosts/bundlers/executables.mjs'
const MANAGERS = 'matrix/hosts/groups/process-managers.mjs'
const RESTARTS = 'testkit/endings/rows/tools.mjs'

/** How a command begins, and the file that runs it: a suite, or one that holds `what`. Otherwise, why nothing does. */
const PLACES = [
  ...OF_CI.map((name) => ({ begins: `npm run ${name}`, by: CI, what: `npm run ${name}` })),
  ...OF_VERIFY.map((name) => ({ begins: `npm run ${name}`, by: VERIFY, what: `['${name}']` })),
  {
    begins: 'npm run matrix:platforms',
    by: '.github/workflows/release.yml',
    what: 'npm run matrix:platforms',
  },
  { begins: 'npm run verify', by: '.github/workflows/nightly.yml', what: 'npm run verify' },
  { begins: 'npm test', by: CI, what: 'npm test' },
  { begins: 'npm run setup', by: 'scripts/test.mjs', what: 'await setup()' },
  { begins: 'npm run lint', by: 'scripts/test.mjs', what: '...LINTS' },
  { begins: 'npm run build', by: CI, what: 'binding.js' },
  { begins: 'npm run build:debug', why: 'the same as the build, without the release profile' },
  { begins: 'npm run build:release', by: '.github/workflows/release.yml', what: 'build:release' },
  { begins: 'npm run pack', by: '.github/workflows/release.yml', what: 'npm run pack' },
  { begins: 'npm run example:next', by: CI, what: 'npm run matrix:hosts' },
  { begins: 'npm run fuzz', by: '__test__/fuzz.test.mjs' },
  { begins: 'npm run soak', by: '__test__/soak.test.mjs' },
  { begins: 'npm run bench', why: 'takes half an hour; its page has what it printed' },
  { begins: 'npm run pictures', why: 'writes the pictures, which a person looks at' },
  { begins: 'npm install @sim/hkm-native', by: '__test__/package.test.mjs' },
  { begins: 'npm ls @sim/hkm-native', why: 'of npm' },
  { begins: 'npm version', why: 'changes the version, once in a release' },
  { begins: 'npm deprecate', why: 'changes what is published' },
  { begins: 'npx hkm-native doctor', by: '__test__/doctor.test.mjs' },
  ...['dashboard', 'alarms', 'policy', 'reference'].map((name) => ({
    begins: `npx hkm-native ${name}`,
    by: '__test__/commands.test.mjs',
  })),
  { begins: 'npx hkm-native', by: '__test__/package.test.mjs' },
  { begins: 'npx @sim/hkm-native', why: 'the same, fetched from npm' },
  { begins: 'npx @sim/local-cloudwatch', by: '__test__/local-command.test.mjs' },
  { begins: 'npx napi create-npm-dirs', by: '__test__/package.test.mjs', what: 'create-npm-dirs' },
  { begins: 'npx napi version', why: 'changes the versions, once in a release' },
  { begins: 'node --env-file=.env node_modules/.bin/hkm-native', by: '__test__/doctor.test.mjs' },
  { begins: 'node --test __test__/', by: 'scripts/test.mjs', what: '--test' },
  { begins: 'node scripts/smoke.mjs', by: '.github/workflows/release.yml', what: 'smoke.mjs' },
  { begins: 'node app.mjs', why: 'the program of the reader' },
  { begins: 'node --disallow-code-generation-from-strings', by: '__test__/pages.test.mjs' },
  { begins: 'cargo test --workspace', by: 'scripts/test.mjs', what: `'test', '--workspace'` },
  { begins: 'cargo test -p hkm-core', by: 'scripts/test.mjs', what: `'test', '--workspace'` },
  { begins: 'cargo bench -p hkm-benchmark', why: 'measures, and decides nothing' },
  { begins: 'export AWS_', by: '__test__/local-command.test.mjs' },
  { begins: 'aws cloudformation deploy', by: '__test__/judges.test.mjs', what: 'cfn-lint' },
  { begins: 'aws cloudwatch put-dashboard', by: '__test__/judges.test.mjs' },
  { begins: 'aws configure export-credentials', why: 'of the AWS CLI' },
  { begins: 'aws login', why: 'of the AWS CLI' },
  { begins: 'aws cloudwatch list-metrics', why: 'of the AWS CLI' },
  { begins: 'docker stop', why: 'of Docker' },
  { begins: 'esbuild main.js', by: BUNDLERS, what: '--loader:.node=copy' },
  { begins: 'bun build', by: BUNDLERS, what: '--target=bun' },
  { begins: 'bun build --compile', by: BUNDLERS, what: '--compile' },
  { begins: 'npx esbuild main.mjs', by: EXECUTABLES, what: '--alias:' },
  { begins: 'node --build-sea', by: EXECUTABLES, what: '--build-sea' },
  { begins: 'node --experimental-sea-config', by: EXECUTABLES, what: '--experimental-sea-config' },
  { begins: 'npx postject', by: EXECUTABLES, what: 'postject' },
  { begins: 'P=@sim/', why: 'a variable of the shell' },
  { begins: 'export HKM_SPOOL_DIRECTORY', why: 'a variable of the shell' },
  { begins: 'cp "$(command -v node)"', by: EXECUTABLES, what: 'copyFileSync' },
  { begins: 'node --watch', by: MANAGERS, what: '--watch' },
  { begins: 'bun --watch', by: RESTARTS, what: '--watch' },
  { begins: 'bun --hot', by: RESTARTS, what: '--hot' },
  { begins: 'node --import tsx', by: MANAGERS, what: '--import' },
  { begins: 'npm ci', why: 'of npm' },
  { begins: 'npm start', by: MANAGERS, what: "'start'" },
]
const placeOf = ({ text }) =>
  PLACES.filter(({ begins }) => text.startsWith(begins)).sort(
    (a, b) => b.begins.length - a.begins.length
  )[0]

/** Options of other programs that the text names. */
const OF_OTHERS = {
  node: [
    '--no-addons',
    '--permission',
    '--allow-fs-read',
    '--allow-fs-write',
    '--allow-addons',
    '--test-isolation',
  ],
  npm: ['--omit', '--include'],
  jest: ['--runInBand', '--workerThreads'],
  deno: ['--allow-all'],
  docker: ['--time'],
  bundlers: ['--external', '--format', '--loader', '--compile'],
  preloads: ['--require', '--import', '--detectOpenHandles'],
}

const ofPackage = packageCommand()
const { flags: ofLocal } = localCommand()
const commands = PAGES.flatMap((page) =>
  commandsOf(url(page)).map((command) => ({ ...command, where: `${page}:${command.line}` }))
)

/** Returns the options that a command takes, or nothing if it is a command of others. */
function takenBy({ text }) {
  const [, script] = /^npm (?:run )?([\w:]+)/.exec(text) ?? []
  if (/^npm (run|test)\b/.test(text)) return scriptFlags(script)
  if (text.startsWith('npx @sim/local-cloudwatch')) return ofLocal
  return /\bhkm-native\b/.test(text) && !/^npm /.test(text)
    ? new Set([...ofPackage.flags, '--env-file'])
    : undefined
}

describe('a command of a page', () => {
  test('is run by something, or the list says why it is not', () => {
    assert.ok(commands.length > 60, `${commands.length} commands`)
    const unknown = commands.filter((command) => placeOf(command) === undefined)
    assert.deepEqual(
      unknown.map(({ where, text }) => `${where}: ${text}`),
      []
    )
  })

  test('is run by a file that exists, and no place is of a command that no page has', () => {
    for (const { begins, by, what, why } of PLACES) {
      assert.ok(
        commands.some(({ text }) => text.startsWith(begins)),
        `no page has ${begins}`
      )
      if (by === undefined) assert.ok(why, begins)
      else assert.ok(existsSync(url(by)) && read(by).includes(what ?? ''), `${begins}: ${by}`)
    }
  })

  test('of npm is a script, that of hkm-native is one of its commands, and a file exists', () => {
    for (const { where, text } of commands) {
      const [, script] = /^npm run ([\w:]+)/.exec(text) ?? []
      if (script !== undefined) assert.ok(hasScript(script), `${where}: ${text}`)
      const [, name] = /\bhkm-native ([a-z-]+)/.exec(text) ?? []
      if (name !== undefined && !/^npm /.test(text))
        assert.ok(ofPackage.names.includes(name), `${where}: ${text}`)
      const [, file] = /^node (?:--test )?((?:__test__|scripts)\/\S+)/.exec(text) ?? []
      if (file !== undefined) assert.ok(existsSync(url(file)), `${where}: ${text}`)
    }
  })

  test('has options that it takes', () => {
    let checked = 0
    for (const { where, text, flags } of commands) {
      const taken = takenBy({ text })
      if (taken === undefined) continue
      for (const flag of flags) {
        assert.ok(taken.has(flag), `${where}: ${text}: ${flag}`)
        checked++
      }
    }
    assert.ok(checked > 20, `${checked} options`)
  })
})

test('an option in the text is one of some command', () => {
  const scripts = commands.flatMap(({ text }) => [...(takenBy({ text }) ?? [])])
  const known = new Set([
    ...ofPackage.flags,
    ...ofLocal,
    ...scripts,
    ...Object.values(OF_OTHERS).flat(),
  ])
  for (const page of PAGES) {
    for (const flag of flagsOf(url(page))) assert.ok(known.has(flag), `${page}: ${flag}`)
  }
})

test('the help of hkm-native tells each of its options', () => {
  assert.deepEqual([...ofPackage.told].sort(), [...ofPackage.flags].sort())
})

test('a variable in the text is one that the sources read', () => {
  const folders = ['lib', 'src', 'cli', 'local-cloudwatch/src']
  const files = folders.flatMap((folder) =>
    readdirSync(url(`${folder}/`), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(`${entry.parentPath ?? entry.path}/${entry.name}`, 'utf8'))
  )
  const sources = files.join('\n')
  const own = variablesOf()
  const ofScripts = read('scripts/runtimes.mjs')
  const isOwn = (name, page) =>
    own.has(name) || (page === 'CONTRIBUTING.md' && ofScripts.includes(`env.${name}`))
  for (const page of PAGES) {
    for (const name of variablesIn(url(page))) {
      const isKnown = name.startsWith('HKM_') ? isOwn(name, page) : sources.includes(name)
      assert.ok(isKnown, `${page}: ${name}`)
    }
  }
})
