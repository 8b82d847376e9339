// If the native binary cannot be loaded, one warning names the cause and the advice that fits, and nothing else happens.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { runtimes } from '../scripts/runtimes.mjs'
import { CREDENTIALS, environment, run } from '../testkit/harness.mjs'
import { BUNDLES, bundle, WITHOUT_REQUIRE } from '../testkit/loading/bundles.mjs'
import { install, PACKAGE } from '../testkit/loading/installation.mjs'
import { PLAYS } from '../testkit/loading/plays.mjs'

const skip = process.platform !== 'linux'
const NOWHERE = 'http://127.0.0.1:9'

/** Runs a program in a new installation that a play has changed. */
async function played(play, runtime) {
  const { arrange, flags, env = {}, properties = {}, worker = null, wrapper = [] } = play
  const project = await mkdtemp(join(tmpdir(), 'hkm-load-'))
  try {
    await chmod(project, 0o755)
    const installation = await install(project)
    const target = (await arrange?.(installation)) ?? installation.folder
    const runtimeArgs = [runtime.command, ...(flags?.(installation, runtime) ?? [])]
    const command = [...wrapper, ...(play.takesProject ? [project] : []), ...runtimeArgs]
    return await run('loading.cjs', {
      env: environment(NOWHERE, { ...CREDENTIALS, HKM_SHUTDOWN_TIMEOUT_MS: '0', ...env }),
      args: [target, ...[properties, worker].map((value) => JSON.stringify(value))],
      runtime: command[0],
      runtimeArgs: command.slice(1),
    })
  } finally {
    await rm(project, { recursive: true })
  }
}

for (const play of PLAYS) {
  test(`the warning tells of ${play.name}`, { skip }, async () => {
    const { only = /./, cause, advice = /$/, system = `${process.platform}-${process.arch}` } = play
    for (const runtime of runtimes()) {
      if (!only.test(runtime.name)) continue
      const { code, stdout, stderr } = await played(play, runtime)
      const context = `${runtime.name}: ${stdout} ${stderr}`
      assert.equal(code, 0, context)
      const [warning, ...others] = stderr
        .split('\n')
        .filter((line) => line.startsWith('[hkm-native]'))
      assert.equal(others.length, 0, context)
      const until = play.isTransient ? ' until a later record can load it' : ''
      const head = `[hkm-native] Metrics are off${until}: the native binary for ${system} could not be loaded: `
      assert.ok(warning?.startsWith(head), context)
      const told = warning.slice(head.length)
      assert.match(told, new RegExp(`^(${cause.source})`), context)
      assert.match(told, advice, context)
      assert.ok(warning.length < 700, context)
      assert.deepEqual(JSON.parse(stdout), {
        state: 'off',
        reason: 'the native binary could not be loaded',
      })
    }
  })
}

test('a bundle that cannot require modules of Node defines metrics, and one warning says why it records none', async () => {
  const play = { arrange: (installation) => bundle(installation, WITHOUT_REQUIRE) }
  for (const runtime of runtimes()) {
    const { code, stdout, stderr } = await played(play, runtime)
    assert.equal(code, 0, stderr)
    // Bun has a `require` in modules too.
    const cause = runtime.name.startsWith('Bun')
      ? 'the package was bundled'
      : 'Dynamic require of .* Mark @sim/hkm-native as external'
    // No later record can load it.
    assert.match(stderr, new RegExp(`^\\[hkm-native\\] Metrics are off: .*: ${cause}.*\n$`))
    assert.equal(JSON.parse(stdout).state, 'off')
  }
})

const ONE_FILE =
  /^\[hkm-native\] Metrics are off: .*: the executable was built without it\. See docs\/hosts\.md\n$/

test('the warning tells of a single executable application of Node without the binary', async () => {
  const isSea = "import sea from 'node:sea'; sea.isSea = () => true"
  const play = {
    flags: () => ['--import', `data:text/javascript,${isSea}`],
    arrange: (installation) => bundle(installation, BUNDLES['that leaves the binary where it was']),
  }
  for (const runtime of runtimes()) {
    if (!runtime.name.startsWith('Node')) continue
    const { code, stderr } = await played(play, runtime)
    assert.equal(code, 0, stderr)
    assert.match(stderr, ONE_FILE)
  }
})

/** Builds an executable in a new installation, and runs it there. */
async function compiled({ command }, options, arrange) {
  const project = await mkdtemp(join(tmpdir(), 'hkm-load-'))
  try {
    const installation = await install(project)
    const [entry, executable] = ['entry.mjs', 'executable'].map((name) => join(project, name))
    await writeFile(
      entry,
      `import { hostedKeyMetrics } from '${PACKAGE}'
      hostedKeyMetrics.recordUsed({ provider: 'p' })`
    )
    await arrange.before(installation)
    const args = ['build', '--compile', ...options, entry, '--outfile', executable]
    execFileSync(command, args, { cwd: project, env: environment(NOWHERE), stdio: 'pipe' })
    await arrange.after(installation)
    // It needs no runtime.
    const runtime = 'env'
    const env = environment(NOWHERE, CREDENTIALS)
    return await run(pathToFileURL(executable), { runtime, env, cwd: project })
  } finally {
    await rm(project, { recursive: true })
  }
}

test('the warning tells of an executable of Bun without the binary', { skip }, async () => {
  const plays = [
    {
      options: [],
      before: ({ platform }) => rm(platform, { recursive: true }),
      after: ({ project }) => rm(join(project, 'node_modules'), { recursive: true }),
    },
    // It has no binary, and does not find that beside it.
    { options: ['--external', PACKAGE], before() {}, after() {} },
  ]
  for (const runtime of runtimes()) {
    if (!runtime.name.startsWith('Bun')) continue
    for (const { options, ...arrange } of plays) {
      const { code, stderr } = await compiled(runtime, options, arrange)
      assert.equal(code, 0, stderr)
      assert.match(stderr, ONE_FILE)
    }
  }
})
