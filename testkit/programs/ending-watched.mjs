// Records each time that it is evaluated, under another name, and stays.

import { stay } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

if (globalThis.runs === undefined) stay()
globalThis.runs = (globalThis.runs ?? 0) + 1

const source = `run-${process.pid}-${globalThis.runs}`
tell(source, recorder(source)(100))
