// Every kind of value that JavaScript can pass, by name, and what it stands for as a label and as a value. A test
// describes its calls by specs, which can be sent to another process:
//
//   { kind: 'a symbol' }            one of KINDS
//   { text: 'openai' }              a string
//   { number: '-0' }                a number, as it is written
//   { labels: { tool: spec }, carrier: 'a proxy' }   an object of labels, as one of CARRIERS
//   { labels: { tool: spec }, inner: call }          one whose getters make a call of their own, the first time

/** Stands for what cannot be recorded. */
export const REFUSED = 'refused'

const fail = (what) => {
  throw new Error(`${what} throws`)
}

const text = (value) => ({ make: () => value, text: value })
const number = (value) => ({ make: () => value, text: String(value), number: value })
const other = (make) => ({ make, text: REFUSED })
/** Reading a label from it throws. */
const unreadable = (make) => ({ make, text: REFUSED, isUnreadable: true })

const ALWAYS_THROWS = new Proxy({}, { get: (_, trap) => () => fail(`the trap ${trap}`) })

/**
 * @typedef {object} Kind
 * @property {() => unknown} make
 * @property {string | undefined} text as a label: its text, `undefined` where it leaves the dimension out, or REFUSED
 * @property {number} [number] as a value, where it is one
 * @property {boolean} [isUnreadable] as labels: no label can be read from it
 *
 * @type {Record<string, Kind>}
 */
export const KINDS = {
  undefined: { make: () => undefined, text: undefined, isUnreadable: true },
  null: { make: () => null, text: undefined, isUnreadable: true },
  true: { make: () => true, text: 'true' },
  false: { make: () => false, text: 'false' },

  zero: number(0),
  'negative zero': { ...number(-0), text: '0' },
  one: number(1),
  'a fraction': number(0.1),
  'minus one': number(-1),
  'the least subnormal': number(5e-324),
  'a negative subnormal': number(-5e-324),
  'the least normal': number(2 ** -1022),
  '2^-360': number(2 ** -360),
  'just below 2^-360': number(2 ** -360 * (1 - Number.EPSILON / 2)),
  'just above -2^-360': number(-(2 ** -360) * (1 - Number.EPSILON / 2)),
  'the greatest safe integer': number(Number.MAX_SAFE_INTEGER),
  '2^360': number(2 ** 360),
  '-2^360': number(-(2 ** 360)),
  'just above 2^360': number(2 ** 360 * (1 + Number.EPSILON)),
  'just below -2^360': number(-(2 ** 360) * (1 + Number.EPSILON)),
  'the greatest double': number(Number.MAX_VALUE),
  NaN: number(Number.NaN),
  Infinity: number(Number.POSITIVE_INFINITY),
  '-Infinity': number(Number.NEGATIVE_INFINITY),

  'an empty text': text(''),
  'a space': text(' '),
  spaces: text('   '),
  'a digit': text('5'),
  'a text between spaces': text(' a b '),
  'all of printable ASCII': text(
    Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
  ),
  'a colon': text(':'),
  colons: text(':'.repeat(2_000)),
  'colons and a space': text('::: '),
  'a space and a colon': text(' :x'),
  'a text behind colons': text('::x:y'),
  'a long text behind a colon': text(`:${'a'.repeat(1_024)}`),
  'a tab': text('\t'),
  'a line break': text('a\r\nb'),
  'a NUL': text('\0'),
  'a text around a NUL': text('a\0b'),
  DEL: text('\x7f'),
  'an escape sequence': text('\x1b[31mred'),
  'a no-break space': text('\u00a0'),
  'a byte order mark': text('\ufeff'),
  umlauts: text('äöüé'),
  'other umlauts': text('äöüè'),
  'a word of two characters': text('検索'),
  'another word of two characters': text('翻訳'),
  'from right to left': text('\u202eabc\u202c שלום'),
  'what a changed label looks like': text(`?~${'0123456789abcdef'}`),
  'a mark of an unpaired surrogate': text('\ufffe'),
  'an emoji': text('🔑'),
  'a family of emoji': text('👩‍👩‍👧‍👦'),
  'a high surrogate alone': text('\ud83d'),
  'a low surrogate alone': text('\udd11'),
  'surrogates the wrong way round': text('a\udd11\ud83db'),
  '1,024 characters': text('b'.repeat(1_024)),
  '1,025 characters': text('b'.repeat(1_025)),
  '5,000 characters': text('c'.repeat(5_000)),
  '1,025 characters that differ in the last': text(`${'b'.repeat(1_024)}c`),
  '4,096 characters': text('d'.repeat(4_096)),
  '4,097 characters': text('d'.repeat(4_097)),
  '4,096 characters and what is added to longer ones': text(`${'d'.repeat(4_096)}4097`),
  'a surrogate pair across what is read': text(`${'d'.repeat(4_095)}🔑`),
  '5,000 umlauts': text('é'.repeat(5_000)),
  '5,000 spaces': text(' '.repeat(5_000)),
  'an emoji as the 1,024th character': text(`${'d'.repeat(1_023)}🔑`),
  'an emoji across the cut': text(`${'e'.repeat(1_023)}🔑🔑`),
  'an emoji behind the cut': text(`${'f'.repeat(1_024)}🔑`),
  'half an emoji at the cut': text(`${'g'.repeat(1_023)}\ud83d`),
  'spaces, and a letter behind the cut': text(`${' '.repeat(1_024)}h`),
  'the name of the overflow series': text('_overflow'),
  'the name of the prototype': text('__proto__'),
  constructor: text('constructor'),
  'a format': text('%s %d {}'),

  'a bigint': other(() => 12n),
  'a large bigint': other(() => 2n ** 400n),
  'a symbol': other(() => Symbol('a')),
  'a well-known symbol': other(() => Symbol.toPrimitive),
  'a boxed text': other(() => new String('boxed')),
  'a boxed number': other(() => new Number(5)),
  'a boxed bigint': other(() => Object(1n)),
  'an object': other(() => ({})),
  'an object with a text': other(() => ({ toString: () => 'text', valueOf: () => 5 })),
  'an object that is frozen': other(() => Object.freeze({})),
  'an object of no prototype': other(() => Object.create(null)),
  'an object that contains itself': other(() => {
    const cycle = {}
    cycle.cycle = cycle
    return cycle
  }),
  'an array': other(() => []),
  'an array of a text': other(() => ['a']),
  'a function': other(() => () => 1),
  'a class': other(() => class {}),
  'a date': other(() => new Date(0)),
  'an invalid date': other(() => new Date(Number.NaN)),
  'a pattern': other(() => /a/),
  'an error': other(() => new Error('a')),
  'a map': other(() => new Map([['tool', 't']])),
  'a set': other(() => new Set(['a'])),
  'a promise': other(() => Promise.resolve('a')),
  bytes: other(() => Buffer.from('a')),
  'shared memory': other(() => new SharedArrayBuffer(8)),
  'a typed array': other(() => new Float64Array(1)),
  'a URL': other(() => new URL('http://127.0.0.1')),
  'the environment': other(() => process.env),
  'the global object': other(() => globalThis),

  'an object whose toString throws': other(() => ({ toString: () => fail('toString') })),
  'an object whose valueOf throws': other(() => ({ valueOf: () => fail('valueOf') })),
  'an object whose toPrimitive throws': other(() => ({
    [Symbol.toPrimitive]: () => fail('toPrimitive'),
  })),
  'an object whose toPrimitive gives a number': other(() => ({ [Symbol.toPrimitive]: () => 5 })),
  'an object whose toJSON throws': other(() => ({ toJSON: () => fail('toJSON') })),
  'an object whose getters throw': unreadable(() =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        ['provider', 'tool', 'key', 'reason'].map((name) => [name, { get: () => fail(name) }])
      )
    )
  ),
  'an object whose getter throws nothing': unreadable(() => ({
    get provider() {
      throw undefined
    },
    get tool() {
      throw undefined
    },
  })),
  'a proxy that throws': unreadable(() => new Proxy({}, ALWAYS_THROWS)),
  'a proxied function that throws': unreadable(() => new Proxy(() => 1, ALWAYS_THROWS)),
  'a proxy that is revoked': unreadable(() => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }),
  'a proxied function that is revoked': unreadable(() => {
    const { proxy, revoke } = Proxy.revocable(() => 1, {})
    revoke()
    return proxy
  }),
  'a proxy that gives symbols': unreadable(() => new Proxy({}, { get: () => Symbol('label') })),
  'a getter without end': unreadable(() => {
    const deep = {
      get provider() {
        return deep.provider
      },
      get tool() {
        return deep.tool
      },
    }
    return deep
  }),
}

/** Objects of labels that count as much as a plain object. */
export const CARRIERS = {
  'a plain object': (labels) => labels,
  'a frozen object': (labels) => Object.freeze(labels),
  'an object of no prototype': (labels) => Object.assign(Object.create(null), labels),
  'an object that inherits them': (labels) => Object.create(labels),
  'an object that hides them': (labels) => Object.defineProperties({}, descriptors(labels)),
  'an object of getters': (labels) => getters(labels),
  'a proxy': (labels) => new Proxy(labels, {}),
  'a proxy that keeps only get': (labels) =>
    new Proxy(
      {},
      { ...refusals(), get: (_, name) => (Object.hasOwn(labels, name) ? labels[name] : undefined) }
    ),
  'a function': (labels) => Object.assign(() => 1, labels),
  'an array': (labels) => Object.assign([], labels),
  'an object with more in it': (labels) => ({ workspaceId: 'w', __proto__: { a: 1 }, ...labels }),
}

function descriptors(labels) {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, { value }]))
}

/** An object whose getters call `first` before they return. */
function getters(labels, first = () => {}) {
  const all = Object.entries(labels).map(([name, value]) => [
    name,
    {
      get() {
        first(name)
        return value
      },
    },
  ])
  return Object.defineProperties({}, Object.fromEntries(all))
}

function refusals() {
  const traps = ['has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'set']
  return Object.fromEntries(traps.map((trap) => [trap, () => fail(`the trap ${trap}`)]))
}

/** Makes the value of a spec. `perform` makes the calls of its getters. */
export function make(spec, perform) {
  if (spec.kind !== undefined) return KINDS[spec.kind].make()
  if (spec.text !== undefined) return spec.text
  if (spec.number !== undefined) return Number(spec.number)
  const labels = {}
  for (const [name, label] of Object.entries(spec.labels)) labels[name] = make(label, perform)
  if (spec.inner === undefined) return CARRIERS[spec.carrier ?? 'a plain object'](labels)
  let { inner } = spec
  // The first label that is read may be one that the spec leaves out.
  const all = { provider: undefined, tool: undefined, ...labels }
  return getters(all, () => {
    const call = inner
    inner = undefined
    if (call) perform(call)
  })
}

/** What a spec is as a label: its text, `undefined` where it leaves the dimension out, or REFUSED. */
export function textOf(spec) {
  if (spec === undefined) return undefined
  if (spec.kind !== undefined) return KINDS[spec.kind].text
  if (spec.text !== undefined) return spec.text
  return spec.number === undefined ? REFUSED : String(Number(spec.number))
}

/** What a spec is as a value: a number, or `undefined`. */
export function numberOf(spec) {
  if (spec?.kind !== undefined) return KINDS[spec.kind].number
  return spec?.number === undefined ? undefined : Number(spec.number)
}

/** The specs of the labels that can be read from what a spec describes, or REFUSED. */
export function labelsOf(spec) {
  if (spec === undefined) return REFUSED
  if (spec.kind !== undefined) return KINDS[spec.kind].isUnreadable ? REFUSED : {}
  return spec.labels ?? {}
}
