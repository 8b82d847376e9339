// The types of `testing.mjs`, which exports what `testing.js` does, and all of it as its default.

import * as testing from './testing.js'

export * from './testing.js'
export default testing
