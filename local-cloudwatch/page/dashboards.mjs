/** Dashboards, drawn from the body that PutDashboard got, beside the alarms and their state. */

import { alarmCards, getAlarms } from './alarms.mjs'
import { call, listMetrics } from './api.mjs'
import { choicesOf, withVariables } from './body.mjs'
import { el, fill, nothing, showFields, withOption } from './elements.mjs'
import { now } from './now.mjs'
import { DEFAULT_RANGE, oneOf, RANGES } from './settings.mjs'
import { prepare } from './widgets.mjs'

export async function dashboards(view, settings, change) {
  if (!view.firstChild) fill(view, frameOf())
  const { hash } = location
  const form = view.querySelector('form')
  const alarms = await getAlarms()
  fill(view.querySelector('.side .body'), alarmCards(alarms))
  const { DashboardEntries: entries } = await call('ListDashboards', {})
  const grid = view.querySelector('.grid')
  if (entries.length === 0) {
    const text =
      'No dashboard yet. PutDashboard makes one, and so does the option --dashboard FILE of the command.'
    fill(form)
    fill(grid, nothing(text))
    return
  }
  const names = entries.map(({ DashboardName }) => DashboardName)
  const name = oneOf(settings, 'name', names, names[0])
  const { DashboardBody } = await call('GetDashboard', { DashboardName: name })
  const dashboard = JSON.parse(DashboardBody)
  const metrics = dashboard.variables?.some(({ populateFrom }) => populateFrom)
    ? await listMetrics()
    : []
  const variables = (dashboard.variables ?? []).map((variable) => {
    const choices = choicesOf(variable, metrics)
    const value = settings.get(`var-${variable.id}`) ?? defaultOf(variable, choices)
    return { variable, choices, value }
  })
  // Somebody chose something else meanwhile, which is drawn next.
  if (location.hash !== hash) return
  const range = oneOf(settings, 'range', RANGES, DEFAULT_RANGE)
  showSettings(form, { names, name, range, variables }, change)
  const to = Math.floor(now() / 60_000) * 60_000 + 60_000
  const span = { from: to - Number(range) * 1_000, to }
  const { widgets = [] } = withVariables(
    dashboard,
    (variable) => variables.find((known) => known.variable.id === variable.id)?.value
  )
  const placed = [...widgets].sort((a, b) => (a.y ?? 0) - (b.y ?? 0) || (a.x ?? 0) - (b.x ?? 0))
  const ready = await Promise.all(placed.map((widget) => prepare(widget, span, alarms)))
  if (location.hash !== hash) return
  // At once: a chart that left the page would be destroyed.
  const known = [...grid.children]
  fill(grid, ...ready.map((make, at) => make(known[at])))
}

function frameOf() {
  return el(
    'div',
    { class: 'side-by-side' },
    el(
      'section',
      {},
      el('h2', {}, 'Dashboard'),
      el('form', { class: 'filters', onsubmit: (event) => event.preventDefault() }),
      el('div', { class: 'grid' })
    ),
    el('section', { class: 'side' }, el('h2', {}, 'Alarms'), el('div', { class: 'body' }))
  )
}

/** The default of a variable. Where nothing has it, such as the environment of another machine, a value that there is. */
function defaultOf({ defaultValue }, choices) {
  const isThere = choices.some(([value]) => value === defaultValue)
  return isThere ? defaultValue : (choices[0]?.[0] ?? defaultValue)
}

function showSettings(form, { names, name, range, variables }, change) {
  showFields(form, [
    {
      label: 'Dashboard',
      options: names,
      value: name,
      onchange: (chosen) => change({ name: chosen }),
    },
    ...variables
      .filter(({ variable }) => variable.visible ?? true)
      .map(({ variable: { id, label = id, inputType }, choices, value = '' }) => ({
        name: `var-${id}`,
        label,
        ...(inputType === 'input' ? { type: 'text' } : { options: withOption(choices, value) }),
        value,
        onchange: (chosen) => change({ [`var-${id}`]: chosen }),
      })),
    {
      label: 'Time',
      options: RANGES,
      value: range,
      onchange: (chosen) => change({ range: chosen }),
    },
  ])
}
