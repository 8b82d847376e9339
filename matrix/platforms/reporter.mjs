/** A reporter for `node --test`: each test as a line of JSON, with the file, the name, and what is wrong. */

import { basename } from 'node:path'

export default async function* (source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite' || data.skip !== undefined) continue
    const { error } = data.details
    // A test fails with its parts, which are reported by themselves.
    if (error?.failureType === 'subtestsFailed') continue
    const problems = type === 'test:fail' ? [String(error?.cause?.message ?? error)] : []
    yield `${JSON.stringify({ name: `${basename(data.file ?? '')}: ${data.name}`, problems })}\n`
  }
}
