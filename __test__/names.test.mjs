// Names are resolved as the C library resolves them, or better. The rows of `npm run matrix:dns` that matter most, without the
// other columns. Each process runs in a network namespace of its own.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PLAYS, playDns } from '../testkit/dns/play.mjs'
import { ROWS } from '../testkit/dns/rows.mjs'
import { problemsOfPackage } from '../testkit/dns/verdict.mjs'

const SUBJECTS = {
  'a name is resolved with this in /etc/resolv.conf:': [
    'an unknown option',
    'an unknown line',
    'a comment behind a server',
    'lines that end in CRLF',
    'over TCP, by use-vc',
    'no-aaaa',
    'an IPv6 server with its interface',
    'no file',
    'a file that may not be read',
    'a pipe that nobody writes to',
    'RES_OPTIONS',
    'LOCALDOMAIN',
    'a search domain',
    'fewer dots than ndots: the search domain first',
  ],
  'a change takes effect at the next connection:': [
    'empty at first and filled later',
    'rewritten, with another server',
    'hosts: rewritten',
    'a time to live of 0',
    'another address after a slow answer with a time to live of 0',
    'another address within the time to live',
  ],
  'a name is resolved within the time to connect:': [
    'one lost packet',
    'two lost packets',
    'two silent servers of three',
    'A answered, and AAAA never',
    'AAAA never, with the search domains of a Kubernetes pod',
    'AAAA answered, and A never',
    'SERVFAIL first',
    'an answer over TCP',
    'an answer that is cut off, and silence over TCP',
    'a wrong id first',
    'an alias of an alias',
    'an answer within its time to live',
  ],
  'an answer that comes too late serves the next attempt:': [
    'an answer after 2.5 s',
    'an answer just too late, with a time to live of 0',
  ],
  'an address that answers is found:': [
    'an unreachable A beside a good AAAA',
    'an unreachable AAAA beside a good A',
    'unreachable addresses of both families before a good one',
    'seven unreachable addresses before a good one',
    'an unreachable A, and a good AAAA after 600 ms',
    'moved away from an unreachable address',
    'moved away from an unreachable address, with slow answers',
    'moved away from an unreachable address, with AAAA never',
    'hosts: the first address is dead',
    'localhost, where only ::1 listens',
    'a name below localhost',
    'an address in two parts',
  ],
  'the error says which name was not resolved, and why:': [
    'no such name',
    'a name without addresses',
    'only silent servers',
    'SERVFAIL only',
    'no file and no server',
    'a label of 64 characters',
  ],
}

for (const [subject, names] of Object.entries(SUBJECTS)) {
  describe(subject, { concurrency: 4, skip: process.platform !== 'linux' }, () => {
    for (const name of names) {
      test(name, async () => {
        const row = ROWS.find((row) => row.name === name)
        const play = async () => problemsOfPackage(row, await playDns(row, 'package'))
        let problems = await play()
        for (let plays = 1; problems.length > 0 && plays < PLAYS; plays++) problems = await play()
        assert.deepEqual(problems, [])
      })
    }
  })
}

test('the advice of a warning is about names', { skip: process.platform !== 'linux' }, async () => {
  const row = ROWS.find(({ name }) => name === 'no such name')
  const { stderr } = await playDns(row, 'package')
  assert.match(stderr, /a name was not resolved: check the endpoint, the region, the proxy and DNS/)
})
