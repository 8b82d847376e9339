// Instructions that a function takes, counted by valgrind: the same on a busy machine as on an idle one.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { runSteps } from './steps.mjs'

const TIMEOUT_MS = 60_000

/** Installs valgrind where that is possible, and throws where it is not. */
export function installValgrind() {
  const isThere = () => spawnSync('valgrind', ['--version']).status === 0
  if (isThere()) return
  if (existsSync('/etc/debian_version') && process.getuid() === 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const install = 'apt-get install --quiet --yes --no-install-recommends valgrind'
    runSteps([
      { name: 'packages of Debian', command: ['apt-get', 'update', '--quiet'], env },
      { name: 'valgrind', command: install.split(' '), env },
    ])
  }
  if (!isThere())
    throw new Error('valgrind, which counts instructions, was not found: apt-get install valgrind')
}

/**
 * Runs a program once.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} name the function, with all that it calls
 * @returns {{ instructions: number, stdout: string }}
 */
export function callgrind(program, args, name) {
  const options = [
    '--tool=callgrind',
    '--callgrind-out-file=/dev/null',
    `--toggle-collect=*${name}*`,
  ]
  const { status, stdout, stderr, error } = spawnSync('valgrind', [...options, program, ...args], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  })
  const instructions = Number(stderr?.match(/Collected : (\d+)/)?.[1] ?? 0)
  if (status !== 0 || instructions === 0)
    throw new Error(`${program} ${args.join(' ')}: nothing was counted. ${error ?? stderr}`)
  return { instructions, stdout }
}
