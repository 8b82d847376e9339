/** Problems of a value of a dashboard's body, whatever JSON it is. A message never quotes a value, which may be anything. */

/** @typedef {{ DataPath: string, Message: string }} Problem */

/** @returns {Problem} */
export const problem = (DataPath, Message) => ({ DataPath, Message })

export const isObject = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Kinds of values: what each is called, and whether a value is one. */
export const TEXT = ['a text', (value) => typeof value === 'string']
export const NUMBER = ['a number', (value) => typeof value === 'number']
export const FLAG = ['true or false', (value) => typeof value === 'boolean']
export const OBJECT = ['an object', isObject]
export const LIST = ['a list', Array.isArray]
export const COLOR = [
  'a color, as #1f77b4',
  (value) => typeof value === 'string' && /^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(value),
]

/** A value among some. */
export const oneOf = (values) => [`one of ${values.join(', ')}`, (value) => values.includes(value)]

/** An integer. */
export const within = (least, most) => [
  `an integer of ${least}${most === Infinity ? ' or more' : ` to ${most}`}`,
  (value) => Number.isInteger(value) && value >= least && value <= most,
]

/**
 * The problems of those members of an object that are there.
 *
 * @param {string} path of the object
 * @param {Record<string, any>} object
 * @param {Record<string, [what: string, isOne: (value: unknown) => boolean]>} kinds
 * @returns {Iterable<Problem>}
 */
export function* memberProblems(path, object, kinds) {
  for (const [name, [what, isOne]] of Object.entries(kinds)) {
    const value = object[name]
    if (value !== undefined && !isOne(value)) yield problem(`${path}/${name}`, `Should be ${what}`)
  }
}

/** @returns {Iterable<Problem>} */
export function* missingProblems(path, object, names) {
  for (const name of names) {
    if (object[name] === undefined) yield problem(path, `Should have required property '${name}'`)
  }
}
