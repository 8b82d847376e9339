// The Runtime API of Lambda on loopback, as far as a runtime needs it: it hands out invocations and takes the answers.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const PREFIX = '/2018-06-01/runtime/'

export async function startRuntimeApi() {
  let id = 0
  let answered = settable()
  /** Resolves to the response that waits for the next invocation. */
  let asked = settable()

  const server = createServer(async (request, response) => {
    const path = request.url.slice(PREFIX.length)
    if (path === 'invocation/next') {
      asked.resolve(response)
      return
    }
    const body = await text(request)
    if (path === `invocation/${id}/response`) answered.resolve(JSON.parse(body))
    else answered.reject(new Error(`${path}: ${body}`))
    response.writeHead(202).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    address: `127.0.0.1:${server.address().port}`,
    /** Resolves when the runtime has asked for an invocation: Lambda may freeze it from then on. */
    idle: () => asked.promise,
    /** Hands an event to the runtime. Returns its answer. */
    async invoke(event) {
      const response = await asked.promise
      asked = settable()
      answered = settable()
      id++
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Lambda-Runtime-Aws-Request-Id': String(id),
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + 60_000),
        'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:123456789012:function:f',
        'Lambda-Runtime-Trace-Id': 'Root=1-0-0',
      })
      response.end(JSON.stringify(event))
      return answered.promise
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** As `Promise.withResolvers`, which Node 20 lacks. */
function settable() {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
