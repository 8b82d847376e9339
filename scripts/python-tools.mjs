// Programs that only PyPI has, in a Python environment of their own under `target/`.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runSteps } from './steps.mjs'

const BIN = process.platform === 'win32' ? 'Scripts' : 'bin'

/**
 * Installs them unless they are there.
 *
 * @param {string} name
 * @param {string[]} packages with their versions; only such as hold the programs themselves, built
 * @returns {string} the folder of the programs
 */
export function pythonTools(name, packages) {
  const folder = fileURLToPath(new URL(`../target/${name}/`, import.meta.url))
  const list = `${folder}installed.txt`
  const wanted = packages.join('\n')
  if (!existsSync(list) || readFileSync(list, 'utf8') !== wanted) {
    const pip = `${folder}${BIN}/pip install --quiet --disable-pip-version-check --no-deps`
    runSteps([
      { name: 'a Python environment', command: ['python3', '-m', 'venv', '--clear', folder] },
      { name, command: [...pip.split(' '), '--only-binary=:all:', ...packages] },
    ])
    writeFileSync(list, wanted)
  }
  return folder + BIN
}
