// Preloaded, it takes the place of the native client of `aws-lambda-ric`, which npm would build from C++ with cmake and
// autotools. It makes the same requests. Its `next` is not there: a variable makes the runtime ask by HTTP itself.

const { request } = require('node:http')
const Module = require('node:module')

const NATIVE = './rapid-client.node'

function post(path, body) {
  const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${path}`
  request(url, { method: 'POST' }).end(body)
}

const client = {
  initializeClient() {},
  done: (id, body) => post(`invocation/${id}/response`, body),
  error: (id, body) => post(`invocation/${id}/error`, body),
}

const load = Module._load
Module._load = function loadOther(name, ...rest) {
  return name === NATIVE ? client : Reflect.apply(load, this, [name, ...rest])
}
