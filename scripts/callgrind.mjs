// Instructions that a function takes, counted by valgrind: the same on a busy machine as on an idle one.

import { spawnSync } from 'node:child_process'

const TIMEOUT_MS = 60_000

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
