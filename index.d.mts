// The types of `index.mjs`, which exports what `index.js` does, and all of it as its default.

import * as hkm from './index.js'

export * from './index.js'
export default hkm
