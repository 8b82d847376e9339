// A watcher restarts the service after each change, and is terminated at the end: nodemon, tsx watch and node --watch.

import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { SERVICE } from './managed.mjs'

/**
 * The most changes of the file for one restart, and the time after which one was not seen: the first may come before the file
 * is watched. It is long, because a change during a restart restarts once more.
 */
const MAX_CHANGES = 6
const CHANGE_INTERVAL_MS = 5_000
const RESTARTS = 2

/** tsx decides on the exit code by a listener of its own, which it adds some time after the start. */
const AFTER_TSX = `const signal: string = 'SIGTERM'
while (process.rawListeners(signal).length === 0) await new Promise(setImmediate)`

/**
 * @param {(file: URL) => { program: URL, runtimeArgs?: string[], args?: string[] }} command
 * @param {string} [name] of the file
 * @returns {import('./managed.mjs').Scenario}
 */
export const watcher =
  (command, name = 'watched.mjs') =>
  async ({ folder, start, runs }) => {
    const file = join(folder, name)
    const service = `await import(${JSON.stringify(SERVICE.href)})\n`
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(file, name.endsWith('.ts') ? `${AFTER_TSX}\n${service}` : service)
    const { program, ...options } = command(pathToFileURL(file))
    const { child, ended } = start(program, options)
    let count = (await runs(1)).length
    for (let restart = 0; restart < RESTARTS; restart++) {
      const again = runs(count + 1)
      for (let change = 0; change < MAX_CHANGES; change++) {
        appendFileSync(file, `// change ${restart}.${change}\n`)
        if (await Promise.race([again, sleep(CHANGE_INTERVAL_MS)])) break
      }
      count = (await again).length
    }
    child.kill('SIGTERM')
    const { code, signal, stdout, stderr } = await ended
    return { code, signal, lines: linesOf((stdout + stderr).replaceAll(folder, '')) }
  }

/** How often a watcher writes its own lines depends on the number of changes. */
const linesOf = (text) => [...new Set(text.replace(/\d+/g, 'N').split('\n'))].sort()
