// What has to hold before any test is worth running.

import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const TARBALL = `target/pack/sim-hkm-native-${version}.tgz`

// Both install a `tsc`, so that neither is called by that name.
const COMPILERS = { 'the newest TypeScript': 'typescript', 'TypeScript 5': 'typescript-5' }

/** What users' compilers may be set to, each a file in `__test__/types/`. */
const SETTINGS = {
  'node16, ES modules and CommonJS': 'tsconfig.json',
  'bundler, ES modules': 'tsconfig.bundler.json',
  'bundler, ES modules and CommonJS': 'tsconfig.bundler-cjs.json',
  'nothing but the language': 'tsconfig.bare.json',
}

/** Folders of the Rust packages, each with what is different there. */
const CRATES = { '.': {}, loom: { CARGO_TARGET_DIR: '../target/loom' }, 'benchmark/rust': {} }

export const LINTS = [
  ...Object.entries(CRATES).flatMap(([cwd, env]) => [
    { name: `format of Rust in ${cwd}`, command: ['cargo', 'fmt', '--check'], cwd },
    {
      name: `lints of Rust in ${cwd}`,
      command: ['cargo', 'clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'],
      cwd,
      env,
    },
  ]),
  {
    name: 'format and lints of JavaScript',
    command: ['npx', '--no-install', 'biome', 'ci', '--error-on-warnings'],
  },
  ...Object.entries(COMPILERS).flatMap(([compiler, folder]) =>
    Object.entries(SETTINGS).map(([setting, file]) => ({
      name: `types: ${compiler}, ${setting}`,
      command: [process.execPath, `node_modules/${folder}/bin/tsc`, '-p', `__test__/types/${file}`],
    }))
  ),
  { name: 'tarballs', command: [process.execPath, 'scripts/pack.mjs'] },
  { name: 'types as published', command: ['npx', '--no-install', 'attw', TARBALL] },
  {
    name: 'manifest as published',
    command: ['npx', '--no-install', 'publint', 'run', TARBALL, '--strict'],
  },
  { name: 'workflows', command: [process.execPath, 'scripts/lint-workflows.mjs'] },
]
