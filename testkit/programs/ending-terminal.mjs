// Sets its terminal as the first argument says, records, and stays.

import { stay } from './listening.mjs'
import { recorder, tell } from './recording.mjs'

process.stdin.setRawMode(process.argv[2] === 'raw')
tell('main', recorder('main')(100))
stay()
process.send('recorded')
