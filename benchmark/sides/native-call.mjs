// A call over Node-API that does nothing, for each record. `napi.mjs` compiles it.

import { createRequire } from 'node:module'
import { EMPTY_ADDON } from '../native-call.mjs'
import { everyRecorder } from './every-recorder.mjs'

const empty = createRequire(import.meta.url)(EMPTY_ADDON)

export const hostedKeyMetrics = everyRecorder(
  () => empty(),
  () => empty()
)
