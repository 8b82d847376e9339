'use strict'

// Finds a binary whose file ends too early, for example because a disk was full when it was written.
// The dynamic loader of Linux maps such a file and reads past its end, which kills the process.

const { closeSync, fstatSync, openSync, readdirSync, readSync } = require('node:fs')
const { join } = require('node:path')

// Offsets in the header of a 64-bit ELF file: where its section headers begin, and the size and the
// number of them. They are at the end of the file.
const HEADER_BYTES = 64
const IS_64_BIT = 2
const SECTIONS = 0x28
const SECTION_BYTES = 0x3a
const SECTION_COUNT = 0x3c

/**
 * Throws if a binary for this platform in one of the folders ends too early. Ignores what cannot be
 * read: loading it fails.
 *
 * @param {string[]} folders
 */
function refuseTruncated(folders) {
  if (process.platform !== 'linux') return
  const prefix = `hkm-native.${process.platform}-${process.arch}`
  folders.forEach((folder) => {
    const names = namesIn(folder)
    const binaries = names.filter((name) => name.startsWith(prefix) && name.endsWith('.node'))
    binaries.forEach((name) => {
      check(join(folder, name))
    })
  })
}

function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function check(file) {
  let sizes
  try {
    sizes = sizesOf(file)
  } catch {
    return
  }
  if (sizes.least > sizes.real) {
    throw new Error(`${file}: file too short: ${sizes.real} of ${sizes.least} bytes`)
  }
}

/** Returns how many bytes a file has, and how many it must have by its header. */
function sizesOf(file) {
  const descriptor = openSync(file)
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const count = readSync(descriptor, header, 0, HEADER_BYTES, 0)
    const isElf = count === HEADER_BYTES && header.toString('latin1', 1, 4) === 'ELF'
    const { size } = fstatSync(descriptor)
    if (!isElf || header[4] !== IS_64_BIT) return { real: size, least: 0 }
    const sections = header.readUInt16LE(SECTION_BYTES) * header.readUInt16LE(SECTION_COUNT)
    return { real: size, least: Number(header.readBigUInt64LE(SECTIONS)) + sections }
  } finally {
    closeSync(descriptor)
  }
}

module.exports = { refuseTruncated }
