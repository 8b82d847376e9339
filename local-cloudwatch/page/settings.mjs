/** Settings in an address, which somebody can have written by hand: what makes no sense counts as the default. */

/** Seconds. */
export const RANGES = [
  ['900', '15 minutes'],
  ['3600', '1 hour'],
  ['10800', '3 hours'],
  ['86400', '1 day'],
]
export const DEFAULT_RANGE = '3600'

/**
 * @param {URLSearchParams} settings
 * @param {string} name
 * @param {(string | string[])[]} options values, or pairs of a value and a text
 * @param {string} fallback
 */
export function oneOf(settings, name, options, fallback) {
  const values = options.map((option) => (Array.isArray(option) ? option[0] : option))
  return values.includes(settings.get(name)) ? settings.get(name) : fallback
}

/** A whole number from 0 to a limit. */
export function numberOf(settings, name, limit, fallback) {
  const text = settings.get(name) ?? ''
  const number = Number(text)
  return text !== '' && Number.isSafeInteger(number) && number >= 0 && number <= limit
    ? number
    : fallback
}

/** A list of texts, as JSON. */
export function textsOf(settings, name) {
  try {
    const list = JSON.parse(settings.get(name))
    return list.every((text) => typeof text === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
