// Records under a new name each time that it is evaluated, and does not end by itself.

import { stay } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

if (globalThis.runs === undefined) stay()
globalThis.runs = (globalThis.runs ?? 0) + 1

const source = `run-${process.pid}-${globalThis.runs}`
tell(source, recorder(source)(100))
