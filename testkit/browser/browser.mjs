/** A real browser for tests of pages on loopback: Chromium as Debian packages it. */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'

/** Its command. `scripts/debian.mjs` installs it. */
export const BROWSER = 'chromium'

/** Without these, Chromium looks for updates and for hosts of its maker. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
]
/** Whatever it asks for but loopback is refused by a proxy that is not there. */
const NOWHERE = { server: 'http://127.0.0.1:9', bypass: '127.0.0.1,localhost' }

export async function startBrowser() {
  const folder = process.env.PATH.split(delimiter).find((path) => existsSync(join(path, BROWSER)))
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath: join(folder, BROWSER),
    args: [...QUIET, ...(isRoot ? ['--no-sandbox'] : [])],
    proxy: NOWHERE,
  })
}

/**
 * Opens a page, and collects what went wrong in it: errors, and what its policy refused.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function open(browser, url, options) {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options })
  const page = await context.newPage()
  const problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  page.on('dialog', (dialog) => {
    problems.push(`a dialog says ${dialog.message()}`)
    return dialog.dismiss()
  })
  const asked = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(url)
  return { page, problems, asked, close: () => context.close() }
}
