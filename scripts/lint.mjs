// `npm run lint`: formats, lints and types.

import { LINTS } from './lint-steps.mjs'
import { setup } from './setup.mjs'
import { runSteps } from './steps.mjs'

await setup({ addon: false })
runSteps(LINTS)
