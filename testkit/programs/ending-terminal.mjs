// Sets the mode of its terminal to the first argument, `raw` or `cooked`, records, and does not end by itself.

import { stay } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

process.stdin.setRawMode(process.argv[2] === 'raw')
tell('main', recorder('main')(100))
stay()
process.send('recorded')
