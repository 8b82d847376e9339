/** The files of the page, and those of its charts. They are read once. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { resolve } = createRequire(import.meta.url)
const page = (name) => new URL(`../../page/${name}`, import.meta.url)

const TYPES = { css: 'text/css', html: 'text/html', mjs: 'text/javascript', svg: 'image/svg+xml' }

/** By path: the file, which `/` too may be. */
const FILES = {
  '/': page('index.html'),
  '/page/style.css': page('style.css'),
  '/page/icon.svg': page('icon.svg'),
  '/page/main.mjs': page('main.mjs'),
  '/page/api.mjs': page('api.mjs'),
  '/page/elements.mjs': page('elements.mjs'),
  '/page/format.mjs': page('format.mjs'),
  '/page/now.mjs': page('now.mjs'),
  '/page/settings.mjs': page('settings.mjs'),
  '/page/series-table.mjs': page('series-table.mjs'),
  '/page/chart.mjs': page('chart.mjs'),
  '/page/metrics.mjs': page('metrics.mjs'),
  '/page/dashboards.mjs': page('dashboards.mjs'),
  '/page/widgets.mjs': page('widgets.mjs'),
  '/page/alarms.mjs': page('alarms.mjs'),
  '/page/requests.mjs': page('requests.mjs'),
  '/page/cost.mjs': page('cost.mjs'),
  '/page/body.mjs': page('body.mjs'),
  '/page/uplot.mjs': resolve('uplot/dist/uPlot.esm.js'),
  '/page/uplot.css': resolve('uplot/dist/uPlot.min.css'),
}

/** Nothing is loaded from elsewhere, and no other page may show this one. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const SECURITY_HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const read = new Map()

/** @returns {{ headers: Record<string, string>, body: Buffer } | undefined} `undefined` if there is no such file */
export function fileAt(path) {
  if (!Object.hasOwn(FILES, path)) return undefined
  if (!read.has(path)) {
    const file = FILES[path]
    const extension = path === '/' ? 'html' : path.split('.').at(-1)
    const headers = {
      ...SECURITY_HEADERS,
      'content-type': `${TYPES[extension]}; charset=utf-8`,
      'cache-control': 'no-cache',
    }
    read.set(path, { headers, body: readFileSync(file) })
  }
  return read.get(path)
}
