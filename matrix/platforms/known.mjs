/** What is known to go wrong on a platform, and why that says nothing about the package. */

/**
 * @typedef {{ platform: RegExp, runtime?: string, part: string, name: RegExp, reason: string }} Known
 * @type {Known[]}
 */
export const KNOWN = [
  {
    platform: /musl/,
    part: 'endings',
    name: /^SIG(TERM|ABRT) while main has a lock of malloc/,
    reason: 'the library that takes the lock calls `__libc_malloc`, which only glibc has',
  },
  {
    platform: /arm64/,
    part: 'endings',
    name: /^SIGABRT(?! on another thread)/,
    reason:
      'qemu ends by SIGABRT of another process, and calls no handler, not even a listener in JavaScript',
  },
  {
    platform: /arm64/,
    part: 'endings',
    name: /(SIGTERM|SIGINT|hangs), as PID 1$/,
    reason: 'qemu ends PID 1 by a signal that the kernel would ignore, without the package too',
  },
  {
    platform: /arm64/,
    part: 'endings',
    name: /^only a worker records, SIGTERM, signal-exit/,
    reason: 'under qemu the listener takes so long that its removal may be seen: nothing is lost',
  },
  {
    platform: /arm64/,
    part: 'endings',
    name: /^300 workers/,
    reason: 'under qemu they do not end within the limit of a test, with metrics off either',
  },
  {
    platform: /musl/,
    part: 'suites',
    name: /^exhausted\.test\.mjs: a thread for whose ring no memory is left/,
    reason: 'the library that runs out of memory calls `__libc_malloc`, which only glibc has',
  },
  {
    platform: /linux|win32/,
    runtime: 'Bun 1.4',
    part: 'suites',
    name: /^exhausted\.test\.mjs: files that could not be read are tried again/,
    reason: 'Bun does not use the loader of Node that the test replaces, on no platform',
  },
  {
    platform: /win32/,
    part: 'suites',
    name: /^(entries\.test\.mjs: |timers\.test\.mjs: the syntax of using)/,
    reason: 'npm and esbuild are there for Linux only',
  },
  {
    platform: /win32/,
    part: 'suites',
    name: /^example\.test\.mjs: /,
    reason: 'wine 10 makes no junctions',
  },
]

/**
 * Sorts results.
 *
 * @param {{ platform: string, runtime: string, part: string }} where
 * @param {import('./parts.mjs').Result[]} results
 */
export function judged({ platform, runtime, part }, results) {
  const failed = results.filter(({ problems }) => problems.length > 0)
  const reasonOf = ({ name }) =>
    KNOWN.find(
      (known) =>
        known.platform.test(platform) &&
        (known.runtime ?? runtime) === runtime &&
        known.part === part &&
        known.name.test(name)
    )?.reason
  return {
    part,
    total: results.length,
    right: results.length - failed.length,
    again: results.filter(({ problems, first }) => first && problems.length === 0),
    known: failed.flatMap((result) => {
      const reason = reasonOf(result)
      return reason ? [{ ...result, reason }] : []
    }),
    wrong: failed.filter((result) => reasonOf(result) === undefined),
  }
}
