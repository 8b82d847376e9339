// A project that has the application and the installed package, and in which it is built: outside the repository, so that nothing
// else can be found from there.

import { spawnSync } from 'node:child_process'
import { constants, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { environment } from '../../../testkit/harness.mjs'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
export const PACKAGE = '@sim/hkm-native'

/** The path of a file of an installed tool. */
export const tool = (file) => join(FOLDER, 'node_modules', file)

let root

/** A folder for projects, which is there until this process ends. */
function projects() {
  if (root === undefined) {
    root = mkdtempSync(join(tmpdir(), 'hkm-bundlers-'))
    process.once('exit', () => rmSync(root, { recursive: true, force: true }))
  }
  return root
}

/**
 * @param {object} given
 * @param {Record<string, string>} [given.files] by name
 * @param {object} [given.manifest] what its `package.json` has
 */
export function project({ files = {}, manifest = {} } = {}) {
  const folder = mkdtempSync(join(projects(), 'project-'))
  const copy = (from, to) =>
    cpSync(from, join(folder, to), { recursive: true, mode: constants.COPYFILE_FICLONE })
  copy(join(FOLDER, 'app'), 'app')
  copy(tool('@sim'), 'node_modules/@sim')
  const written = { 'package.json': JSON.stringify({ type: 'module', ...manifest }), ...files }
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text)

  /** Runs a command in it. Returns its exit code, and what it wrote. */
  function attempt([command, ...args]) {
    const { status, error, stdout, stderr } = spawnSync(command, args, {
      cwd: folder,
      env: environment('http://127.0.0.1:9', { NO_COLOR: '1', NODE_ENV: 'production' }),
      encoding: 'utf8',
    })
    if (error) throw error
    return { status, output: stdout + stderr }
  }

  return {
    path: (name) => join(folder, name),
    attempt,
    run(command) {
      const { status, output } = attempt(command)
      if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${output}`)
    },
    /**
     * Removes what the program was built from. Returns where it is in `dist`.
     *
     * @param {boolean} isComplete whether it needs no package beside it
     */
    finish(isComplete) {
      for (const name of ['app', ...(isComplete ? ['node_modules'] : [])]) {
        rmSync(join(folder, name), { recursive: true })
      }
      const names = readdirSync(join(folder, 'dist'))
      const program = names.find((name) => /^(main|index)(\.[cm]?js)?$/.test(name))
      return pathToFileURL(join(folder, 'dist', program))
    },
  }
}
