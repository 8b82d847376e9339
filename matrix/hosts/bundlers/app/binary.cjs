// Loads the binary of the package from an asset of the executable. The system loads files alone, so it becomes one for a moment.

const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { getRawAsset } = require('node:sea')

const binary = new Uint8Array(getRawAsset('hkm-native.node'))
const folder = mkdtempSync(join(tmpdir(), 'hkm-native-'))
try {
  const file = join(folder, 'hkm-native.node')
  writeFileSync(file, binary)
  process.dlopen(module, file)
} finally {
  // Windows keeps a file that is loaded.
  if (process.platform !== 'win32') rmSync(folder, { recursive: true })
}
