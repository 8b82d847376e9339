/** The latest requests: what came, and what was refused and why. */

import { el, fill, nothing, showFields, table } from './elements.mjs'
import { bytes, clock, count } from './format.mjs'
import { oneOf } from './settings.mjs'

/** How many are kept. */
const MAX_KEPT = 200
const ONLY = [
  ['', 'All'],
  ['refused', 'Refused'],
]

let latest = []
/** Of the server. Each numbers its requests from 0 on. */
let latestRun
/** The row of each request. */
const rows = new WeakMap()

/** Adds requests that the server told. After a lost connection it tells some once more. */
export function addRequests({ run, requests }) {
  if (run !== latestRun) latest = []
  latestRun = run
  const known = new Set(latest.map(({ number }) => number))
  const added = requests.filter(({ number }) => !known.has(number))
  latest = [...latest, ...added].sort((a, b) => a.number - b.number).slice(-MAX_KEPT)
}

export function requests(view, settings, change) {
  if (!view.firstChild) {
    fill(
      view,
      el('h2', {}, 'Requests'),
      el('form', { class: 'filters' }),
      el('div', { class: 'body' })
    )
  }
  const only = oneOf(settings, 'only', ONLY, '')
  showFields(view.querySelector('form'), [
    { label: 'Show', options: ONLY, value: only, onchange: (value) => change({ only: value }) },
  ])
  const shown = latest.filter(({ isRefused }) => only === '' || isRefused).reverse()
  const body = view.querySelector('.body')
  if (shown.length === 0) {
    fill(body, nothing(only === '' ? 'No request yet.' : 'Nothing was refused.'))
    return
  }
  fill(
    body,
    table(
      only === ''
        ? `The latest ${count(shown.length, 'request')}`
        : `${count(shown.length, 'request')} refused`,
      [
        'Time',
        'Operation',
        'Namespace',
        { text: 'Datums', class: 'number' },
        { text: 'Size', class: 'number' },
        'Answer',
      ],
      shown.map(knownRowOf),
      body.querySelector('.scroll')
    )
  )
}

function answerOf({ status, errorCode, errorMessage, isQuestion }) {
  if (status === null) return el('td', { class: 'refused' }, 'No answer')
  if (errorCode === undefined) return el('td', {}, String(status))
  if (isQuestion) return el('td', {}, `${status}: it may send, and asked without data`)
  return el(
    'td',
    { class: 'refused' },
    el('b', {}, `${status} ${errorCode}`),
    ` ${errorMessage ?? ''}`
  )
}

function knownRowOf(request) {
  if (!rows.has(request)) rows.set(request, rowOf(request))
  return rows.get(request)
}

function rowOf(request) {
  const { at, operation, namespace = '', datums, wireBytes } = request
  return el(
    'tr',
    {},
    el('td', {}, el('time', { datetime: new Date(at).toISOString() }, clock(at, true))),
    el('th', { scope: 'row' }, operation),
    el('td', {}, namespace),
    el('td', { class: 'number' }, operation === 'PutMetricData' ? String(datums) : ''),
    el('td', { class: 'number' }, bytes(wireBytes)),
    answerOf(request)
  )
}
