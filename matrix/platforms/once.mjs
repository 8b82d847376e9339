/** Folders that are filled once, under `target/platforms/`. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../target/platforms/', import.meta.url))

/**
 * Empties a folder and fills it, unless that was done before with the same contents.
 *
 * @param {string} name below `target/platforms/`
 * @param {unknown} contents what it is filled with, as JSON
 * @param {(folder: string) => void} fill
 * @returns {string} the folder
 */
export function filledOnce(name, contents, fill) {
  const folder = `${FOLDER}${name}`
  const note = `${folder}.json`
  const wanted = JSON.stringify(contents)
  if (existsSync(note) && readFileSync(note, 'utf8') === wanted) return folder
  rmSync(note, { force: true })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  fill(folder)
  // Written last: a folder that was filled in part has no note.
  writeFileSync(note, wanted)
  return folder
}
