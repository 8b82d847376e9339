// What servers answer.

import {
  after,
  answer,
  byTransport,
  byType,
  failing,
  knowing,
  onceThen,
  sending,
  silent,
  truncating,
} from '../server.mjs'
import { asking, GOOD, ZONE } from './zones.mjs'

const NAME = 'cloudwatch.test'
const know = knowing(ZONE)
const many = Array.from({ length: 30 }, (_, index) => `127.0.1.${index + 1}`)
const everywhere = { [NAME]: { A: [...many, '127.0.0.1'] } }
const ELSEWHERE = { [NAME]: { A: ['127.0.0.9'] } }
const record = { type: 'A', name: NAME, ttl: 60, data: '127.0.0.1' }

const IGNORED = 'what does not answer the question is ignored'

/** One server. */
const by = (name, reaction, more) => ({
  name,
  resolvConf: asking('127.0.0.2'),
  servers: { '127.0.0.2': { reaction } },
  expected: 'yes',
  ...more,
})

/** One server in front of a good one. */
const before = (name, reaction, more) =>
  by(name, reaction, {
    resolvConf: asking('127.0.0.2', '127.0.0.3'),
    servers: { '127.0.0.2': { reaction }, '127.0.0.3': GOOD },
    ...more,
  })

/** Sends something else before the answer. */
const preceded = (make) => (asked) => {
  asked.send(make(asked.query))
  know(asked)
}

/** @type {import('../rows.mjs').Row[]} */
export const answers = [
  by('no such name', knowing({}), {
    expected: 'no',
    error: /the name cloudwatch\.test was not resolved: no such name, says 127\.0\.0\.2/,
  }),
  before('no such name, of the first server', knowing({}), { expected: 'no' }),
  by('a name without addresses', knowing({ [NAME]: {} }), {
    expected: 'no',
    error: /it has no addresses, says 127\.0\.0\.2/,
  }),
  ...['SERVFAIL', 'REFUSED', 'NOTIMP'].map((code) => before(`${code} first`, failing(code))),
  before('FORMERR first', failing('FORMERR'), { why: 'glibc takes it for the answer' }),
  by('SERVFAIL only', failing('SERVFAIL'), {
    expected: 'no',
    error: /127\.0\.0\.2 answered SERVFAIL/,
  }),
  before(
    'a server that refers to others',
    sending((query) => answer(query, { flags: 0 }))
  ),
  by(
    'FORMERR to EDNS',
    ({ query, send }) =>
      query.additionals.length > 0 ? failing('FORMERR')({ query, send }) : know({ query, send }),
    {
      resolvConf: `options edns0\n${asking('127.0.0.2')}`,
      why: 'no question uses EDNS, and glibc does not ask again without it',
    }
  ),
  by('NXDOMAIN for AAAA only', byType({ AAAA: failing('NXDOMAIN') }, know)),
  by('SERVFAIL for AAAA only', byType({ AAAA: failing('SERVFAIL') }, know)),
  by(
    'an A record in the answer for AAAA',
    sending((query) => answer(query, { answers: [record] }))
  ),
  by(
    'a wrong id first',
    preceded((query) => answer({ ...query, id: query.id ^ 1 }))
  ),
  by(
    'another question first',
    preceded((query) =>
      answer({ ...query, questions: [{ ...query.questions[0], name: 'other.test' }] })
    )
  ),
  by(
    'garbage first',
    preceded(() => Buffer.from('garbage')),
    { why: IGNORED }
  ),
  by(
    'an empty datagram first',
    preceded(() => Buffer.alloc(0)),
    { why: IGNORED }
  ),
  by(
    'the question itself first',
    preceded((query) => ({ ...query, type: 'query' })),
    { why: IGNORED }
  ),
  by(
    'an alias of an alias',
    knowing({
      [NAME]: { CNAME: ['alias.test'] },
      'alias.test': { CNAME: ['last.test'] },
      'last.test': { A: ['127.0.0.1'] },
    })
  ),
  by(
    'aliases in a circle',
    sending((query) =>
      answer(query, {
        answers: [
          { type: 'CNAME', name: NAME, ttl: 60, data: 'alias.test' },
          { type: 'CNAME', name: 'alias.test', ttl: 60, data: NAME },
        ],
      })
    ),
    { expected: 'no' }
  ),
  by(
    'an address of another name',
    sending((query) => answer(query, { answers: [{ ...record, name: 'other.test' }] })),
    { expected: 'no', error: /it has no addresses/ }
  ),
  by('an answer in upper case', ({ query, send }) => {
    const [{ name, ...question }] = query.questions
    const questions = [{ ...question, name: name.toUpperCase() }]
    send(
      answer(
        { ...query, questions },
        { answers: question.type === 'A' ? [{ ...record, name: NAME.toUpperCase() }] : [] }
      )
    )
  }),
  by('an answer over TCP', byTransport({ udp: truncating(), tcp: know })),
  by('30 addresses over TCP', byTransport({ udp: truncating(), tcp: knowing(everywhere) }), {
    listen: ['127.0.0.1'],
    isPatient: true,
    expected: 'yes',
  }),
  by(
    'an answer that is cut off, and no TCP',
    truncating((query) => (query.questions[0].type === 'A' ? [record] : [])),
    {
      servers: {
        '127.0.0.2': {
          reaction: truncating((query) => (query.questions[0].type === 'A' ? [record] : [])),
          hasTcp: false,
        },
      },
      why: 'the addresses before the cut are good',
    }
  ),
  by(
    'an answer that is cut off, and silence over TCP',
    byTransport({
      udp: truncating((query) => (query.questions[0].type === 'A' ? [record] : [])),
      tcp: silent,
    }),
    { why: 'the addresses before the cut are good' }
  ),
  by('an answer within its time to live', onceThen(knowing(ZONE, 60), silent), {
    afterwards: { expected: 'yes' },
    why: 'an answer is kept for its time to live, and glibc keeps none',
  }),
  by('another address within the time to live', onceThen(know, knowing(ELSEWHERE)), {
    isPatient: true,
    afterwards: { listen: ['127.0.0.9'], expected: 'later' },
  }),
  by(
    'another address after a slow answer with a time to live of 0',
    after(600, onceThen(knowing(ZONE, 0), knowing(ELSEWHERE, 0))),
    { afterwards: { listen: ['127.0.0.9'], expected: 'yes' } }
  ),
  by('a time to live of 0', onceThen(knowing(ZONE, 0), silent), {
    afterwards: { expected: 'no' },
  }),
]
