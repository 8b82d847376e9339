// What tests `import`; see `testing.d.ts`. The function is that of `testing.js`.

import testing from './testing.js'

export const { captureMetrics } = testing

export default testing
