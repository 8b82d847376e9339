// Nothing is recorded: what is left is the load.

import { everyRecorder } from './every-recorder.mjs'

const doNothing = () => {}

export const hostedKeyMetrics = everyRecorder(doNothing, doNothing)
