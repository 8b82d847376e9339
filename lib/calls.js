'use strict'

// Records by native calls, one for each record, where there is no memory for a ring, or JavaScript and
// the native side cannot share it. Some hosts forbid memory that the engine did not allocate, such as
// Electron.

/**
 * @param {typeof import('../binding.js')} binding
 * @returns {{ write: (id: number, value: number) => void, lose: () => void }} as `openRing`
 */
function openCalls(binding) {
  function lose() {
    binding.refuse('unresolved')
  }

  function write(id, value) {
    if (binding.record(id, value) !== true) lose()
  }

  return { write, lose }
}

module.exports = { openCalls }
