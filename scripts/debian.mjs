/** Commands that tests compare with, from packages of Debian. */

import { spawnSync } from 'node:child_process'
import { runSteps } from './steps.mjs'

/**
 * Makes sure that there is a command. On Debian, root installs it if it is missing.
 *
 * @param {string} command
 * @param {string} [name] of the package of Debian
 */
export function ensureCommand(command, name = command) {
  if (!isMissing(command)) return
  const install = ['apt-get', 'install', '--quiet', '--yes', '--no-install-recommends', name]
  if (process.getuid?.() === 0 && !isMissing('apt-get')) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    runSteps([
      { name: 'packages of Debian', command: ['apt-get', 'update', '--quiet'], env },
      { name, command: install, env },
    ])
  }
  if (isMissing(command)) throw new Error(`${command} was not found: ${install.join(' ')}`)
}

const isMissing = (command) => spawnSync(command, ['--version']).error !== undefined
