// What a program can look at to tell what the package has changed in its process.

const { readdirSync, readFileSync } = require('node:fs')

// Bun starts compilers and collectors of its own at any time.
const isCounted = (name) => !process.versions.bun || name.startsWith('hkm-')

function threads() {
  const names = readdirSync('/proc/self/task').map((task) =>
    readFileSync(`/proc/self/task/${task}/comm`, 'utf8')
  )
  return names.filter(isCounted).length
}

function look() {
  const names = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'uncaughtException', 'message']
  return {
    threads: threads(),
    listeners: names.reduce((sum, name) => sum + process.listenerCount(name), 0),
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    isNativeLoaded: /hkm-native.*\.node/.test(readFileSync('/proc/self/maps', 'utf8')),
  }
}

/** Makes `process.env` tell which variables are read. Returns the list that grows, and `end`, which undoes this. */
function watchVariables() {
  const real = process.env
  const reads = []
  process.env = new Proxy(real, {
    get(_, name) {
      reads.push(String(name))
      return real[name]
    },
    has(_, name) {
      reads.push(String(name))
      return name in real
    },
    ownKeys() {
      reads.push('*')
      return Reflect.ownKeys(real)
    },
  })
  return {
    reads,
    end() {
      process.env = real
    },
  }
}

/** Looks until there are threads that were not there `before`. A thread has its name only once it runs. */
async function lookAtThreads(before) {
  let now = look()
  while (now.threads === before.threads) {
    await new Promise(setImmediate)
    now = look()
  }
  return now
}

module.exports = { look, lookAtThreads, watchVariables }
