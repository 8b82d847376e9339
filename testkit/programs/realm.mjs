// Evaluates CommonJS in a `vm` context, with a module registry of its own: as test runners do that keep files apart in
// one thread. Only what is native comes from the registry of the process.

import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname } from 'node:path'
import vm from 'node:vm'

const WRAPPER = ['(function (exports, require, module, __filename, __dirname) {', '\n})']

/** What each context gets from its host, beside what the language has. */
const HOST = {
  Buffer,
  console,
  performance,
  setTimeout,
  clearTimeout,
  setImmediate,
  clearImmediate,
}

/**
 * @param {string} entry absolute path of a module, or of the folder of a package
 * @param {NodeJS.Process} [host] what it finds as `process`
 * @returns what the module exports, evaluated in a new context
 */
export function evaluateInContext(entry, host = process) {
  const context = vm.createContext({ ...HOST, process: host })
  const modules = new Map()

  function load(file) {
    const native = createRequire(file)
    if (!file.endsWith('.js')) return native(file)
    const known = modules.get(file)
    if (known) return known.exports
    const module = { exports: {} }
    modules.set(file, module)
    const source = readFileSync(file, 'utf8')
    const evaluate = vm.runInContext(WRAPPER.join(source), context, { filename: file })
    const require = (name) => (isBuiltin(name) ? native(name) : load(native.resolve(name)))
    require.resolve = native.resolve
    evaluate(module.exports, require, module, file, dirname(file))
    return module.exports
  }

  return load(createRequire(import.meta.url).resolve(entry))
}

/** A copy of `process` as Jest makes it: with listeners of its own, whose events never come. */
export function copyOfProcess() {
  const copy = new EventEmitter()
  for (let from = process; from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Reflect.ownKeys(from)) {
      if (!(name in copy)) Object.defineProperty(copy, name, inherited(from, name))
    }
  }
  return copy
}

/** A property as `process` has it, whatever it is read from. */
function inherited(from, name) {
  const { enumerable } = Object.getOwnPropertyDescriptor(from, name)
  return { get: () => process[name], enumerable, configurable: true }
}
