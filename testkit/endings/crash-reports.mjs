// Removes from the crash reports of the runtimes what differs from run to run.

/**
 * Bun 1.4 writes what it has loaded, is loading and measured, and not always which thread it was. Node does not always find the
 * whole native stack.
 */
export function withoutMeasurements(stderr) {
  return stderr
    .replaceAll(/^(Features|Builtins|Elapsed|RSS):.*\n/gm, '')
    .replaceAll(/^Crashed while loading native module: .*\n/gm, '')
    .replaceAll(/^ https:\/\/bun\.report\/.*\n/gm, '')
    .replace('panic(main thread):', 'panic:')
    .replaceAll(/^ *\d+: 0x.*\n/gm, '')
}

/** V8 writes what it has collected before. From the fifth frame on, the stack depends on the allocation that failed. */
export function withoutCollections(stderr) {
  return stderr
    .replaceAll(/^\[\d+:0x[0-9a-f]+\].*\n/gm, '')
    .replaceAll(/^ *([5-9]|\d\d): 0x.*\n/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
}

/** V8 writes the contents of the heap that the stack refers to. */
export function withoutHeap(stderr) {
  return stderr.split('==== Details =')[0]
}
