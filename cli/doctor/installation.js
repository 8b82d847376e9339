'use strict'

// The runtime, and the native binary of this platform.

const { readFileSync } = require('node:fs')
const { join } = require('node:path')
// Adds the loader of the binary. It is loaded here, and not before.
require('../../index.js')
const { isMusl } = require('../../lib/libc.js')
const { load, whyNotLoaded } = require('../../lib/native.js')
const { finding } = require('./finding.js')

/** The least versions that the package promises, as in `engines` of its package.json. */
const LEAST = { node: [20, 3], bun: [1, 3] }

const NOTHING_RECORDED = 'without it, nothing is recorded. Calls of the package do nothing'

/**
 * @returns {{ facts: object, findings: import('./finding.js').Finding[], binding?: typeof import('../../binding.js') }}
 */
function examineInstallation() {
  const runtime = process.versions.bun ? 'bun' : 'node'
  const version = process.versions[runtime]
  const findings = []
  if (isOlder(version, LEAST[runtime])) {
    const least = LEAST[runtime].join('.')
    findings.push(
      finding(
        'runtime',
        `${runtime} ${version} is too old`,
        'the package is not tested with it, and its binary may not load',
        `Use ${runtime} ${least} or newer`
      )
    )
  }
  const binding = load()
  if (binding === undefined) {
    const { cause, advice } = whyNotLoaded()
    findings.push(
      finding(
        'binary',
        `the native binary for ${platform()} could not be loaded: ${cause}`,
        NOTHING_RECORDED,
        advice ?? 'Run on a platform that has one'
      )
    )
  }
  const facts = { package: ownVersion(), runtime, version, platform: platform(), binary: fileOf() }
  return { facts, findings, binding }
}

function ownVersion() {
  return JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')).version
}

/** The platform as in the names of the packages: `linux-x64-musl`. */
function platform() {
  const system = `${process.platform}-${process.arch}`
  return process.platform === 'linux' ? `${system}-${isMusl() ? 'musl' : 'gnu'}` : system
}

/** The file of the binary, if it was loaded. */
function fileOf() {
  return Object.keys(require.cache).find((name) => /hkm-native[^/\\]*\.node$/.test(name))
}

function isOlder(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.split('.').map(Number)
  return ownMajor < major || (ownMajor === major && ownMinor < minor)
}

module.exports = { examineInstallation }
