// What the sides are called in tables.

const NAMES = {
  native: 'this package',
  fallback: 'this package, code generation forbidden',
  peer: 'one datum per record',
  'prom-client': 'prom-client',
  opentelemetry: 'OpenTelemetry',
  'hot-shots': 'hot-shots',
  'hot-shots, buffered': 'hot-shots, buffered',
  nothing: 'the load alone',
  'look-up': 'floor: look-up',
  store: 'floor: atomic store',
  floor: 'floor: look-up and store',
  'native call': 'floor: empty native call',
}

export const nameOf = (side) => NAMES[side]
