// Name servers on loopback, over UDP and TCP. A row decides what a server does with each question.
//
// A reaction is given a question and answers it, or not. Reactions wrap other reactions: `losing(1, knowing(zone))` loses
// the first packet of each type, and answers the next one.

import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { decode, encode, RECURSION_AVAILABLE, streamEncode, TRUNCATED_RESPONSE } from 'dns-packet'

const CODES = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 }

/**
 * @typedef {Record<string, Record<string, string[]>>} Zone addresses or one alias by type (`A`, `AAAA`, `CNAME`) by name
 * @typedef {{ query: object, type: string, isTcp: boolean, send: (answer: object | Buffer) => void }} Asked
 * @typedef {(asked: Asked) => void} Reaction
 */

/** A packet that answers a query. */
export function answer(query, { answers = [], code, flags = RECURSION_AVAILABLE, ...other } = {}) {
  const { id, questions } = query
  const rcode = CODES[code] ?? 0
  return { type: 'response', id, flags: flags | rcode, questions, answers, ...other }
}

/** The records for a question. `undefined` if there is no such name. */
function lookUp(zone, { name, type }, ttl) {
  const answers = []
  let owner = name.toLowerCase()
  while (zone[owner]?.CNAME) {
    const [data] = zone[owner].CNAME
    answers.push({ type: 'CNAME', name: owner, ttl, data })
    owner = data
  }
  if (!zone[owner]) return undefined
  for (const data of zone[owner][type] ?? []) answers.push({ type, name: owner, ttl, data })
  return answers
}

/**
 * Answers as a resolver that knows a zone.
 *
 * @param {Zone} zone
 * @returns {Reaction}
 */
export const knowing =
  (zone, ttl = 60) =>
  ({ query, send }) => {
    const answers = lookUp(zone, query.questions[0], ttl)
    send(answer(query, answers ? { answers } : { code: 'NXDOMAIN' }))
  }

/** Says nothing. */
export const silent = () => {}

/** Answers with an error. */
export const failing =
  (code) =>
  ({ query, send }) =>
    send(answer(query, { code }))

/** Sends what a function makes of a query. */
export const sending =
  (make) =>
  ({ query, send }) =>
    send(make(query))

/** Waits before it reacts. */
export const after = (milliseconds, reaction) => (asked) =>
  void setTimeout(reaction, milliseconds, asked)

/** Loses the first packets of each type. */
export function losing(packets, reaction) {
  const lost = {}
  return (asked) => {
    lost[asked.type] ??= 0
    if (lost[asked.type]++ >= packets) reaction(asked)
  }
}

/** Reacts in one way to the first question of each type, and in another way to those after it. */
export function onceThen(first, later) {
  const seen = new Set()
  return (asked) => {
    const isFirst = !seen.has(asked.type)
    seen.add(asked.type)
    ;(isFirst ? first : later)(asked)
  }
}

/** Reacts late, and only if nobody has asked for a type by then. */
export function unlessAsked(type, reaction) {
  let isAsked = false
  return (asked) => {
    isAsked ||= asked.type === type
    setTimeout(() => isAsked || reaction(asked), 200)
  }
}

/** Reacts to questions of one type in one way, and to the others in another way. */
export const byType = (reactions, other) => (asked) => (reactions[asked.type] ?? other)(asked)

/** Reacts over UDP in one way, and over TCP in another way. */
export const byTransport =
  ({ udp, tcp }) =>
  (asked) =>
    (asked.isTcp ? tcp : udp)(asked)

/** Answers that the whole answer is too large for a datagram, with some of the records. */
export const truncating =
  (answers = () => []) =>
  ({ query, send }) =>
    send(
      answer(query, { answers: answers(query), flags: RECURSION_AVAILABLE | TRUNCATED_RESPONSE })
    )

/**
 * Starts a name server.
 *
 * @param {string} address
 * @param {Reaction} reaction
 * @param {{ hasTcp?: boolean }} [options]
 */
export async function startNameServer(address, reaction, { hasTcp = true } = {}) {
  const react = (message, isTcp, send) => {
    const query = decode(message)
    reaction({ query, type: query.questions[0].type, isTcp, send })
  }
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (message, { port, address: from }) => {
    react(message, false, (made) => {
      udp.send(Buffer.isBuffer(made) ? made : encode(made), port, from)
    })
  })
  await new Promise((resolve, reject) => {
    udp.once('error', reject)
    udp.bind(53, address, resolve)
  })
  if (!hasTcp) return
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      // The C library asks for both types over one connection.
      while (received.length > 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        react(received.subarray(2, end), true, (made) => socket.write(streamEncode(made)))
        received = received.subarray(end)
      }
    })
  })
  await new Promise((resolve, reject) => {
    tcp.once('error', reject)
    tcp.listen(53, address, resolve)
  })
}
