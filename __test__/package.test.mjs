// The package as it is published: what is in the tarballs, and that they install and work.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { pack } from '../scripts/pack.mjs'
import { runtimes } from '../scripts/runtimes.mjs'
import { inProject, PACKAGE } from '../testkit/installation/project.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOCAL_CLOUDWATCH = '@sim/local-cloudwatch'
const MAX_BYTES = 93_000
const PNPM = [process.execPath, join(ROOT, 'node_modules/pnpm/bin/pnpm.cjs')]

const readJson = (...path) => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'))
const platforms = readdirSync(join(ROOT, 'npm'))
const all = runtimes()
const bun = all.find(({ name }) => name.startsWith('Bun')).command

const destination = mkdtempSync(join(tmpdir(), 'hkm-pack-'))
let tarballs
let root
let own
let local

/** Every file that packing might touch, with its content. */
const sources = () =>
  ['package.json', ...platforms.flatMap((name) => filesIn(`npm/${name}`))].map((file) => [
    file,
    readFileSync(join(ROOT, file), 'utf8'),
  ])
const filesIn = (folder) =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesIn(path) : path
  })

before(() => {
  const found = sources()
  tarballs = pack({ destination })
  assert.deepEqual(sources(), found, 'packing leaves the repository as it was')
  root = tarballs.find(({ name }) => name === PACKAGE)
  local = tarballs.find(({ name }) => name === LOCAL_CLOUDWATCH)
  own = tarballs.find(({ name }) => name.startsWith(`${PACKAGE}-`))
})

after(() => rmSync(destination, { recursive: true }))

const files = () => [own, root].map(({ file }) => file)
const manifestOf = ({ file }) =>
  JSON.parse(execFileSync('tar', ['-xzOf', file, 'package/package.json'], { encoding: 'utf8' }))

test('the package holds what its users need, no binary, no source in Rust and no test, in 93 kB', () => {
  const expected = [
    ...['LICENSE', 'README.md', 'package.json', 'binding.js'],
    ...['index', 'testing'].flatMap((name) =>
      ['d.ts', 'd.mts', 'js', 'mjs'].map((extension) => `${name}.${extension}`)
    ),
    ...filesIn('lib'),
    ...filesIn('types'),
    ...filesIn('cli'),
  ]
  assert.deepEqual(root.contents.toSorted(), expected.toSorted())
  assert.ok(root.bytes < MAX_BYTES, `${root.bytes} bytes`)
})

test('the JavaScript is that of the repository, without its comments', () => {
  const minified = (text) =>
    transformSync(text, { minifyWhitespace: true, legalComments: 'none' }).code
  const scripts = root.contents.filter((file) => /\.m?js$/.test(file))
  assert.ok(scripts.length > 50, `${scripts.length} files`)
  for (const file of scripts) {
    const packed = execFileSync('tar', ['-xzOf', root.file, `package/${file}`], {
      encoding: 'utf8',
    })
    assert.equal(minified(packed), minified(readFileSync(join(ROOT, file), 'utf8')), file)
    assert.doesNotMatch(packed, /^(\/\/|\/\*)/m, file)
  }
})

/** The links of a page, to a file and a heading of it. Those of code and to other hosts do not count. */
function linksOf(text) {
  const prose = text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, 'code')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)
  return targets.filter((target) => !/^https?:/.test(target)).map((target) => target.split('#'))
}

/** The names by which links find the headings of a page. */
function anchorsOf(text) {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase())
  return headings.map((heading) => heading.replace(/[^\w\- ]/g, '').replaceAll(' ', '-'))
}

test('each link of a page leads to a file, and to a heading of it', () => {
  const pages = ['README.md', 'local-cloudwatch/README.md', ...filesIn('docs')]
  const textOf = (file) => readFileSync(join(ROOT, file), 'utf8')
  let links = 0
  for (const page of pages.filter((file) => file.endsWith('.md'))) {
    for (const [file, anchor] of linksOf(textOf(page))) {
      const target = file === '' ? page : posix.join(posix.dirname(page), file)
      assert.ok(existsSync(join(ROOT, target)), `${page} links to ${target}`)
      if (anchor !== undefined) {
        assert.ok(
          anchorsOf(textOf(target)).includes(anchor),
          `${page} links to ${target}#${anchor}`
        )
      }
      links++
    }
  }
  assert.ok(links > 20, `${links} links`)
})

test('the package depends on nothing but its platform packages, and runs nothing when installed', () => {
  const { version, optionalDependencies, ...manifest } = manifestOf(root)
  for (const field of ['dependencies', 'devDependencies', 'workspaces', 'scripts']) {
    assert.equal(manifest[field], undefined)
  }
  assert.deepEqual(
    optionalDependencies,
    Object.fromEntries(platforms.map((name) => [`${PACKAGE}-${name}`, version]))
  )
})

test('the package of the platform holds the binary, and says which systems it is for', () => {
  const { os, cpu, libc, main, version } = manifestOf(own)
  assert.deepEqual(
    own.contents.toSorted(),
    ['LICENSE', 'README.md', main, 'package.json'].toSorted()
  )
  assert.equal(version, readJson('package.json').version)
  assert.deepEqual([os, cpu], [[process.platform], [process.arch]])
  if (process.platform === 'linux') assert.match(libc.join(), /^(glibc|musl)$/)
})

test('the manifests of the platforms are those that follow from the one of the package', () => {
  const copy = join(destination, 'skeletons')
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'))
  const napi = ['--no-install', 'napi', 'create-npm-dirs', '--cwd', copy]
  execFileSync('npx', napi, { cwd: ROOT, stdio: 'pipe', shell: IS_WINDOWS })
  assert.deepEqual(readdirSync(join(copy, 'npm')), platforms)
  for (const file of platforms.flatMap((name) => filesIn(`npm/${name}`))) {
    if (file.endsWith('.node')) continue
    assert.equal(
      readFileSync(join(ROOT, file), 'utf8'),
      readFileSync(join(copy, file), 'utf8'),
      file
    )
  }
})

test('the crate, the package, their lock files and the loader are of one version', () => {
  const { version } = readJson('package.json')
  const { version: locked, packages } = readJson('package-lock.json')
  const versionIn = (file, pattern) => readFileSync(join(ROOT, file), 'utf8').match(pattern)?.[1]
  assert.deepEqual([locked, packages[''].version], [version, version])
  assert.equal(versionIn('Cargo.toml', /^version = "(.*)"$/m), version)
  assert.equal(versionIn('Cargo.lock', /^name = "hkm-native"\nversion = "(.*)"$/m), version)
  assert.equal(versionIn('binding.js', /bindingPackageVersion !== '([^']*)'/), version)
})

const MANAGERS = {
  npm: ['npm', 'install'],
  pnpm: [...PNPM, 'add'],
  bun: [bun, 'add'],
}

for (const [manager, command] of Object.entries(MANAGERS)) {
  for (const flags of [[], ['--ignore-scripts']]) {
    const title = [manager, ...flags].join(' ')
    test(`installed by ${title}, it records, flushes and is read back on every runtime`, async () => {
      await inProject(files(), [...command, ...flags], async ({ fetched, use }) => {
        assert.ok(fetched.includes(own.name))
        for (const { name, command } of all) {
          const { code, stdout, stderr } = await use('installed.mjs', command)
          assert.equal(stderr, '', name)
          assert.equal(code, 0, name)
          assert.deepEqual(JSON.parse(stdout), { sum: 0.75, count: 2 }, name)
        }
      })
    })
  }
}

test('an installation has the command, which runs', async () => {
  await inProject(files(), MANAGERS.npm, async ({ folder }) => {
    const command = join(folder, 'node_modules/.bin/hkm-native')
    const reference = execFileSync(command, ['reference'], {
      cwd: folder,
      encoding: 'utf8',
      shell: IS_WINDOWS,
    })
    assert.match(reference, /^# Sim\/HostedKey$/m)
  })
})

test('the local CloudWatch is a package of its own, which serves its page', async () => {
  const folder = join(destination, 'local')
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  execFileSync('tar', ['-xzf', local.file, '-C', folder])
  const { dependencies, bin } = manifestOf(local)
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'junction')
  }
  assert.ok(local.contents.includes('LICENSE'))
  const command = join(folder, 'package', bin['local-cloudwatch'])
  const server = spawn(process.execPath, [command, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let told = ''
    for await (const text of server.stdout.setEncoding('utf8')) {
      told += text
      if (told.includes('AWS_REGION')) break
    }
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(told)
    const page = await fetch(url)
    assert.match(await page.text(), /<title>/)
    assert.equal((await fetch(`${url}/page/uplot.mjs`)).status, 200)
  } finally {
    server.kill()
  }
})

test('an installation fetches the binary of its own platform alone', async () => {
  await inProject(files(), MANAGERS.npm, async ({ fetched }) => {
    assert.deepEqual(fetched.toSorted(), [PACKAGE, own.name].toSorted())
  })
})

test('installed without its platform package, it warns once, with the cause, and does nothing', async () => {
  await inProject(files(), [...MANAGERS.npm, '--omit=optional'], async ({ fetched, use }) => {
    assert.deepEqual(fetched, [PACKAGE])
    for (const { name, command } of all) {
      const { code, stdout, stderr, applied } = await use('installed-without-binary.cjs', command)
      assert.equal(code, 0, name)
      assert.equal(stderr.match(/\[hkm-native\]/g)?.length, 1, stderr)
      assert.match(stderr, new RegExp(`${process.platform}-${process.arch} could not be loaded`))
      assert.match(stderr, /Install with optional dependencies/)
      assert.match(
        stderr,
        new RegExp(`the package ${own.name} is not installed\\. .*--include=optional`)
      )
      assert.deepEqual(applied, [], name)
      assert.deepEqual(JSON.parse(stdout), {
        isNothing: true,
        calls: 18,
        state: 'off',
        reason: 'the native binary could not be loaded',
        recorded: 0,
      })
    }
  })
})
