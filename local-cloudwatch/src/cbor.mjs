/**
 * Encodes answers as CBOR. Nearly every number in an output of CloudWatch is a double, and a strict reader accepts only a
 * float for it. General encoders write 3.0 as the integer 3.
 */

const TEXT = 0x60
const ARRAY = 0x80
const MAP = 0xa0
/** Tag 1: seconds since the epoch (RFC 8949, 3.4.2). */
const EPOCH_TAG = 0xc1
const DOUBLE = 0xfb
const FALSE = 0xf4
const TRUE = 0xf5
const UNSIGNED = 0x00

/** The members of outputs that are integers, all of them positive. Source: the service model. */
const INTEGERS = new Set(['DatapointsToAlarm', 'EvaluationPeriods', 'Period', 'Size'])

/**
 * @param {unknown} value strings, finite numbers, booleans, dates, lists and maps of them
 * @returns {Buffer}
 */
export function encodeCbor(value) {
  const chunks = []
  write(value, chunks)
  return Buffer.concat(chunks)
}

function write(value, chunks, name) {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8')
    chunks.push(head(TEXT, bytes.length), bytes)
  } else if (typeof value === 'number') {
    chunks.push(INTEGERS.has(name) ? head(UNSIGNED, value) : double(value))
  } else if (typeof value === 'boolean') {
    chunks.push(Buffer.from([value ? TRUE : FALSE]))
  } else if (value instanceof Date) {
    chunks.push(Buffer.from([EPOCH_TAG]), double(value.getTime() / 1000))
  } else if (Array.isArray(value)) {
    chunks.push(head(ARRAY, value.length))
    for (const item of value) write(item, chunks)
  } else {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    chunks.push(head(MAP, members.length))
    for (const [name, member] of members) {
      write(name, chunks)
      write(member, chunks, name)
    }
  }
}

function double(value) {
  const bytes = Buffer.alloc(9)
  bytes[0] = DOUBLE
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** The first bytes of an item: its major type and its length (RFC 8949, 3). */
function head(major, length) {
  if (length < 24) return Buffer.from([major | length])
  const bytes = Buffer.alloc(5)
  bytes[0] = major | 26
  bytes.writeUInt32BE(length, 1)
  return bytes
}
