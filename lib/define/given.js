'use strict'

// Reads what a user has given as a definition, and refuses it with a TypeError that says where and why.
// It can be anything: a list with holes, getters and proxies that throw. Reads own properties only.

const { own, property } = require('../properties.js')

const MOST_ITEMS = 10_000
const MOST_SHOWN = 60

/** Returns the own properties of an object that are not `undefined`. Throws if one has another name. */
function fields(object, names, where) {
  objectOf(object, where)
  const given = Object.create(null)
  Object.keys(object).forEach((name) => {
    if (!names.includes(name)) {
      fail(
        where,
        `there is no property ${show(name)}; there are ${names.filter((one) => one !== 'kind').join(', ')}`
      )
    }
    // A getter may return another value each time.
    const value = object[name]
    if (value !== undefined) given[name] = value
  })
  return given
}

function objectOf(value, where, what = 'a plain object') {
  return isPlain(value) ? value : fail(where, `it must be ${what}, not ${show(value)}`)
}

/**
 * Whether a value is an object of its own properties alone: an instance of a class, such as a Map, has
 * others, which would not be read. The object may be of another `vm` context.
 */
function isPlain(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || isBase(prototype)
}

/** Whether a prototype is the `Object.prototype` of some context. */
function isBase(prototype) {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Returns a copy of a list, in which what is left out is `undefined`. */
function itemsOf(list, where) {
  const { length } = list
  if (length > MOST_ITEMS) fail(where, `it has ${length} items, and ${MOST_ITEMS} are allowed`)
  return Array.from({ __proto__: null, length }, (_, at) => list[at])
}

/** Returns a text, or the beginning of a long one. */
function short(text) {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** Returns any value as a short text on one line. */
function show(value) {
  if (typeof value === 'string') return JSON.stringify(short(value))
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' ? showObject(value) : String(value)
}

function showObject(object) {
  if (isPlain(object)) return 'an object'
  const made = own(Object.getPrototypeOf(object), 'constructor')
  const name = typeof made === 'function' ? own(made, 'name') : undefined
  return typeof name === 'string' && name !== ''
    ? `an instance of ${short(name)}`
    : 'an object with another prototype'
}

function refuseIf(problem, where) {
  if (problem !== undefined) fail(where, problem)
}

/** The errors that `fail` has thrown. */
const failures = new WeakSet()

function fail(where, why) {
  const error = new TypeError(`defineMetrics: ${where}: ${why}`)
  failures.add(error)
  throw error
}

/** Returns the result of a check. A definition may have getters and proxies that throw. */
function within(where, check) {
  try {
    return check()
  } catch (error) {
    if (failures.has(error)) throw error
    return fail(where, `it cannot be read: ${messageOf(error)}`)
  }
}

/** Returns the message of what was thrown, which can be anything. */
function messageOf(error) {
  try {
    return String(property(error, 'message') ?? error)
  } catch {
    return 'an error'
  }
}

module.exports = {
  fail,
  fields,
  isPlain,
  itemsOf,
  messageOf,
  objectOf,
  refuseIf,
  short,
  show,
  within,
}
