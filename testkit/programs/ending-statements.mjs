// Evaluates its first argument, in which `m` is the recorders and `hkm` the package, and ends as that says.

import * as hkm from '../../index.js'

const body = `return (async () => { ${process.argv[2]} })()`
await new Function('m', 'hkm', body)(hkm.hostedKeyMetrics, hkm)
