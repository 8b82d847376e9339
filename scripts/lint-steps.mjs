// What has to hold before any test is worth running.

export const LINTS = [
  { name: 'format of Rust', command: ['cargo', 'fmt', '--check'] },
  {
    name: 'lints of Rust',
    command: ['cargo', 'clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'],
  },
  {
    name: 'format and lints of JavaScript',
    command: ['npx', '--no-install', 'biome', 'ci', '--error-on-warnings'],
  },
  {
    name: 'types',
    command: ['npx', '--no-install', 'tsc', '-p', '__test__/types'],
  },
]
