'use strict'

// Labels as the native side takes them: text without unpaired surrogates, of limited length.

/**
 * The number of characters of a label that are read. Labels that are longer are told apart by
 * these and by their length, so that a label of any length costs the same.
 */
const MOST_READ = 4_096

// Native strings cannot hold unpaired surrogates. They become private characters behind a mark, and
// the mark is doubled, so that labels that differ stay different.
const MARK = '\ufffe'
const UNPAIRED_OR_MARK = /[\p{Surrogate}\ufffe]/gu
const PRIVATE = 0xf0000

/**
 * Converts a label to text. `undefined` leaves its dimension out. Throws if it is not acceptable.
 */
function text(label) {
  switch (typeof label) {
    case 'string':
      return isLong(label) ? cut(label) : label
    case 'number':
    case 'boolean':
      return String(label)
    case 'undefined':
      return undefined
    default:
      if (label === null) return undefined
      throw new TypeError(`a label is text, not ${typeof label}`)
  }
}

/** As `text`, and `undefined` also for a label that is empty or consists of spaces: CloudWatch stores none. */
function filled(label) {
  const given = text(label)
  return given !== undefined && /[^ ]/.test(given) ? given : undefined
}

/** Returns whether a label is longer than what is read of it. */
function isLong(label) {
  return typeof label === 'string' && label.length > MOST_READ
}

/** Returns what is read of a long label, followed by its length. A text that is blank stays so. */
function cut(label) {
  const read = label.slice(0, MOST_READ)
  return /[^ ]/.test(read) ? read + label.length : ''
}

/** Makes a text that a native string can hold. Texts that differ stay different. */
function wellFormed(text) {
  if (text === undefined || (text.isWellFormed() && !text.includes(MARK))) return text
  return text.replace(UNPAIRED_OR_MARK, (character) =>
    character === MARK
      ? MARK + MARK
      : MARK + String.fromCodePoint(PRIVATE + character.charCodeAt(0))
  )
}

module.exports = { filled, text, isLong, wellFormed }
