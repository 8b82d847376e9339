// Records, forks by the addon that the argument names, and records again.

import { recorder, tell } from './recording.mjs'

const [addon] = process.argv.slice(2)
const record = recorder('main')

tell('main', record(100))
process.dlopen({ exports: {} }, addon)
tell('main', record(100))
process.disconnect()
