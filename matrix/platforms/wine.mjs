/** Windows as wine imitates it: what is laid over `/usr`, and the folder with its drive C. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { unpacked } from './debian.mjs'
import { filledOnce } from './once.mjs'
import { writeWrapper } from './wrapper.mjs'

/** The program of wine that runs programs of Windows. */
export const WINE = '/usr/lib/wine/wine64'

/** A library that wine's own ones need. Debian has it in another place, where they do not find it. */
const ZLIB = 'lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll'

/**
 * @param {import('./list.mjs').Platform} platform
 * @returns {string} a folder to lay over `/usr`
 */
export function wineOf(platform) {
  const usr = join(unpacked(platform.debian), 'usr')
  return filledOnce(`${platform.name}/usr`, platform, (folder) => {
    for (const name of ['lib', 'share/wine']) {
      const filter = (source) => !source.endsWith('/i386-windows')
      cpSync(join(usr, name), join(folder, name), {
        recursive: true,
        verbatimSymlinks: true,
        filter,
      })
    }
    copyFileSync(join(usr, 'x86_64-w64-mingw32/lib/zlib1.dll'), join(folder, ZLIB))
  })
}

/**
 * The variables by which wine finds its drive C, which is made first.
 *
 * @param {string} name of the platform
 * @param {string} system what is laid over `/usr`
 */
export function environmentOf({ name }, system) {
  const place = (prefix) => ({
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    // Neither .NET nor a browser are asked for, nor menus of a desktop.
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
  })
  const prefix = filledOnce(`${name}/prefix`, { system }, (folder) => {
    const boot = join(folder, '../bin/wineboot')
    writeWrapper(boot, { system, binary: 'wineboot', runner: WINE })
    // wine links folders of the user's home, which it is given here.
    const home = join(folder, '../home')
    mkdirSync(home, { recursive: true })
    const env = { ...process.env, ...place(folder), HOME: home }
    const { error } = spawnSync(boot, ['--init'], { env, stdio: 'ignore' })
    if (error) throw error
    copyFileSync(join(system, ZLIB), join(folder, 'drive_c/windows/system32/zlib1.dll'))
  })
  return place(prefix)
}

/** The path that a file of the machine has under wine. */
export const onDriveZ = (path) => `Z:${path.replaceAll('/', '\\')}`
