'use strict'

// Tells `binding.js` the C library of this process. Where there is no /usr/bin/ldd, as in distroless images and
// on NixOS, `binding.js` asks for a diagnostic report. It leaves `process.report.excludeNetwork` changed, and Node
// before 20.13, which has no such property, asks name servers about each open socket for a report.

const { readFileSync } = require('node:fs')
const { property } = require('./properties.js')

// The C library and its loader, among the files that a process has in memory. A link, such as Debian's from
// ld-musl-x86_64.so.1 to libc.so, is there as what it leads to. glibc was named libc-2.33.so up to 2.33.
const MUSL = /\/(ld-musl-[^/\n]*|libc\.musl-[^/\n]*|libc\.so)$/m
const GLIBC = /\/(ld-linux[^/\n]*|libc\.so\.6|libc-2\.[^/\n]*)$/m

/** As `binding.js` reads them of a report. */
const OF_MUSL = { __proto__: null, sharedObjects: ['ld-musl-'] }
const OF_GLIBC = { __proto__: null, header: { __proto__: null, glibcVersionRuntime: 'glibc' } }
/** `binding.js` takes it for one of glibc. Without a report, it would start a process. */
const UNKNOWN = { __proto__: null }

/**
 * Returns what stands in for `process.report` while `binding.js` is loaded.
 *
 * @param {NodeJS.ProcessReport | undefined} real
 */
const reportOfLibc = (real) => ({ __proto__: null, getReport: () => fromMemory() ?? made(real) })

/** Whether it is musl. */
const isMusl = () => fromMemory() === OF_MUSL

function fromMemory() {
  try {
    const files = readFileSync('/proc/self/maps', 'latin1').replaceAll(' (deleted)', '')
    if (MUSL.test(files)) return OF_MUSL
    return GLIBC.test(files) ? OF_GLIBC : undefined
  } catch {
    // Without /proc, or without the permission to read it.
    return undefined
  }
}

/** Makes a report that has nothing of the network, and leaves the setting as it was. */
function made(real) {
  try {
    const before = property(real, 'excludeNetwork')
    if (typeof before !== 'boolean') return UNKNOWN
    try {
      real.excludeNetwork = true
      return real.getReport()
    } finally {
      real.excludeNetwork = before
    }
  } catch {
    // It is frozen, or other code has replaced it.
    return UNKNOWN
  }
}

module.exports = { isMusl, reportOfLibc }
