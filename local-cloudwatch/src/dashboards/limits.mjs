/**
 * What is wrong with the body of a dashboard: a message for each problem, with the path to it.
 *
 * Source, unless said otherwise: CloudWatch API Reference, "Dashboard Body Structure and Syntax".
 */

import { graphProblems } from './graph-limits.mjs'
import {
  FLAG,
  isObject,
  memberProblems,
  missingProblems,
  oneOf,
  problem,
  TEXT,
  within,
} from './problems.mjs'

/** "CloudWatch quotas": widgets of a dashboard, and variables. */
const MAX_WIDGETS = 500
const MAX_VARIABLES = 25
/** "on the 24-column dashboard grid". */
const COLUMNS = 24
const MAX_HEIGHT = 1_000
/** Of a widget without them. */
const DEFAULT_WIDTH = 6

const TYPES = ['metric', 'text', 'alarm', 'log', 'explorer', 'custom']
const INPUTS = ['input', 'select', 'radio']

const BODY = { start: TEXT, end: TEXT, periodOverride: oneOf(['auto', 'inherit']) }
const WIDGET = {
  type: oneOf(TYPES),
  x: within(0, COLUMNS - 1),
  y: within(0, Infinity),
  width: within(1, COLUMNS),
  height: within(1, MAX_HEIGHT),
}
const ALL_PROPERTIES = { title: TEXT }
const TEXTS = ['a list of texts', (value) => isListOf(value, (item) => typeof item === 'string')]
const VARIABLE = {
  type: oneOf(['property', 'pattern']),
  inputType: oneOf(INPUTS),
  id: TEXT,
  label: TEXT,
  property: TEXT,
  pattern: TEXT,
  defaultValue: TEXT,
  visible: FLAG,
  search: TEXT,
  populateFrom: TEXT,
}
const CHOICE = { value: TEXT, label: TEXT }

/**
 * @param {string} body
 * @returns {import('./problems.mjs').Problem[]}
 */
export function problemsOf(body) {
  let dashboard
  try {
    dashboard = JSON.parse(body)
  } catch (error) {
    return [problem('/', `The field DashboardBody must be a valid JSON object: ${error.message}`)]
  }
  if (!isObject(dashboard))
    return [problem('/', 'The field DashboardBody must be a valid JSON object')]
  return [...bodyProblems(dashboard)]
}

function* bodyProblems(dashboard) {
  const { widgets, variables = [] } = dashboard
  if (!Array.isArray(widgets)) {
    yield problem('/widgets', 'Should be a list of widgets')
    return
  }
  if (widgets.length > MAX_WIDGETS)
    yield problem('/widgets', `Should have at most ${MAX_WIDGETS} widgets`)
  yield* memberProblems('', dashboard, BODY)
  for (const [index, widget] of widgets.entries())
    yield* widgetProblems(`/widgets/${index}`, widget)
  if (!Array.isArray(variables) || variables.length > MAX_VARIABLES) {
    yield problem('/variables', `Should be a list of at most ${MAX_VARIABLES} variables`)
    return
  }
  for (const [index, variable] of variables.entries()) {
    yield* variableProblems(`/variables/${index}`, variable)
  }
}

function* widgetProblems(path, widget) {
  if (!isObject(widget)) {
    yield problem(path, 'Should be an object')
    return
  }
  yield* missingProblems(path, widget, ['type'])
  yield* memberProblems(path, widget, WIDGET)
  const { type, x = 0, width = DEFAULT_WIDTH, properties } = widget
  if (x < COLUMNS && width <= COLUMNS && x + width > COLUMNS) {
    yield problem(`${path}/width`, `Should end within the ${COLUMNS} columns, from x on`)
  }
  if (!isObject(properties)) {
    yield problem(`${path}/properties`, "Should have required property 'properties'")
    return
  }
  yield* propertiesProblems(`${path}/properties`, type, properties)
}

function* propertiesProblems(path, type, properties) {
  yield* memberProblems(path, properties, ALL_PROPERTIES)
  if (type === 'text') {
    yield* missingProblems(path, properties, ['markdown'])
    yield* memberProblems(path, properties, { markdown: TEXT })
  }
  if (type === 'alarm') {
    yield* missingProblems(path, properties, ['alarms'])
    yield* memberProblems(path, properties, { alarms: TEXTS })
  }
  if (type === 'metric') yield* graphProblems(path, properties)
}

function* variableProblems(path, variable) {
  if (!isObject(variable)) {
    yield problem(path, 'Should be an object')
    return
  }
  const { type, inputType, values, search, populateFrom } = variable
  yield* missingProblems(path, variable, ['type', 'inputType', 'id'])
  yield* memberProblems(path, variable, VARIABLE)
  if (type === 'property') yield* missingProblems(path, variable, ['property'])
  if (type === 'pattern') yield* missingProblems(path, variable, ['pattern'])
  if ((search === undefined) !== (populateFrom === undefined)) {
    yield problem(path, 'Should have both search and populateFrom, or neither')
  }
  if (inputType !== 'input' && values === undefined && search === undefined) {
    yield problem(path, 'Should have values, or search and populateFrom')
  }
  if (values === undefined) return
  if (!isListOf(values, isObject)) {
    yield problem(`${path}/values`, 'Should be a list of objects')
    return
  }
  for (const [index, choice] of values.entries()) {
    yield* missingProblems(`${path}/values/${index}`, choice, ['value'])
    yield* memberProblems(`${path}/values/${index}`, choice, CHOICE)
  }
}

function isListOf(value, isOne) {
  return Array.isArray(value) && value.every(isOne)
}
