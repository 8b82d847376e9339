/**
 * `npm run demo [-- --preview]`: hosted-key traffic through the addon into a CloudWatch on this machine, with throttling in
 * the middle, and everything read back and compared with what was recorded.
 *
 *   worker.mjs (child process) -- addon --> local CloudWatch <-- GetMetricData … -- readback.mjs
 *        '-- its own tally ---------------- comparison.mjs --------------------------'
 *
 * With `--preview`, the local CloudWatch stays up and shows all of it on its page, until Control-C.
 *
 * Exit code 0 only if nothing differs. It needs no AWS account, and connects to nothing but 127.0.0.1.
 */

import { parseArgs } from 'node:util'
import { setup } from '../../scripts/setup.mjs'

const { values } = parseArgs({ options: { preview: { type: 'boolean', default: false } } })
await setup()
// The SDK reads back, in a version that is pinned: what its next ones need is not this demo's news.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
// Needs the packages that `setup` installs.
const { demonstrate } = await import('./demonstration.mjs')
process.exitCode = await demonstrate(values)
