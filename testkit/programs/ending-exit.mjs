// Ends without listeners of `exit`, or with listeners that record, throw or end the process. The first argument says which,
// and the second one how the process ends.

import { recorder, tell } from './recording.mjs'

const [way, end] = process.argv.slice(2)

const own = recorder('main')
const record = (count = 100) => tell('main', own(count))

const fail = () => {
  throw new Error('thrown on purpose')
}

const ends = {
  natural: () => process.disconnect(),
  exit: () => process.exit(3),
  throw: fail,
  reallyExit: () => process.reallyExit(4),
}

function onExit(listener) {
  process.on('exit', () => {
    record(3)
    listener()
  })
}

const ways = {
  'no listener'() {
    record()
  },
  'exit listeners removed'() {
    record()
    process.removeAllListeners('exit')
    process.removeAllListeners('beforeExit')
    record()
  },
  'all listeners removed'() {
    record()
    process.removeAllListeners()
    record()
  },
  'twenty record'() {
    process.setMaxListeners(0)
    record()
    for (let count = 0; count < 20; count++) onExit(() => {})
  },
  'throws, before'() {
    onExit(fail)
    record()
  },
  'only throws, before'() {
    process.on('exit', fail)
    record()
  },
  'throws, after'() {
    record()
    onExit(fail)
  },
  'first record, throws'() {
    onExit(fail)
  },
  'calls process.exit'() {
    record()
    onExit(() => process.exit(6))
  },
  'calls process.reallyExit'() {
    record()
    onExit(() => process.reallyExit(6))
  },
  'sends itself SIGTERM'() {
    record()
    onExit(() => process.kill(process.pid, 'SIGTERM'))
  },
}

ways[way]()
ends[end]()
