// What has to hold before any test is worth running.

import { readFileSync } from 'node:fs'
import { LINT_MODEL } from './model.mjs'

const versionOf = (file) =>
  JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).version
const TARBALL = `target/pack/sim-hkm-native-${versionOf('package.json')}.tgz`
const LOCAL_CLOUDWATCH = `target/pack/sim-local-cloudwatch-${versionOf('local-cloudwatch/package.json')}.tgz`

// Both install a `tsc`, so that neither is called by that name.
const COMPILERS = {
  'the newest TypeScript': 'typescript',
  'TypeScript 5': 'typescript-5',
  'TypeScript 5.4': 'typescript-5.4',
}

/** What users' compilers may be set to, and the local CloudWatch; each a file in `__test__/types/`. */
const SETTINGS = {
  'node16, ES modules and CommonJS': 'tsconfig.json',
  'bundler, ES modules': 'tsconfig.bundler.json',
  'bundler, ES modules and CommonJS': 'tsconfig.bundler-cjs.json',
  'nothing but the language': 'tsconfig.bare.json',
  'the newest library, without the types of Node': 'tsconfig.esnext.json',
  'the local CloudWatch': 'tsconfig.local-cloudwatch.json',
}

const CLIPPY = 'cargo clippy --quiet --workspace --all-targets -- -D warnings'

export const LINTS = [
  { name: 'format of Rust', command: ['cargo', 'fmt', '--all', '--check'] },
  { name: 'lints of Rust', command: CLIPPY.split(' ') },
  LINT_MODEL,
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
  {
    name: 'types of the local CloudWatch as published',
    command: ['npx', '--no-install', 'attw', LOCAL_CLOUDWATCH, '--profile', 'esm-only'],
  },
  {
    name: 'manifest of the local CloudWatch as published',
    command: ['npx', '--no-install', 'publint', 'run', LOCAL_CLOUDWATCH, '--strict'],
  },
  { name: 'workflows', command: [process.execPath, 'scripts/lint-workflows.mjs'] },
]
