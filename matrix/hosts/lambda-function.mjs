// Starts a function of Lambda in one of the runtimes of `lambda/`, and does with its process what Lambda does.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { library } from '../../testkit/addons/libraries.mjs'
import { environment, start } from '../../testkit/harness.mjs'
import { road } from './road.mjs'
import { startRuntimeApi } from './runtime-api.mjs'

const FOLDER = new URL('./lambda/', import.meta.url)
const CLIENTS = {
  'aws-lambda-ric 3': { program: 'ric-3.mjs', isRic: true },
  'aws-lambda-ric 4': { program: 'ric-4.mjs', isRic: true },
  'own loop': { program: 'loop.mjs' },
}

/** Variables without which the clients do not begin. */
const OF_LAMBDA = {
  AWS_LAMBDA_FUNCTION_NAME: 'function',
  AWS_LAMBDA_FUNCTION_VERSION: '1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
  AWS_LAMBDA_LOG_GROUP_NAME: 'group',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
}

/** Linux, proc(5): the state follows the name of the command, in brackets. */
const isStopped = ({ pid }) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

export async function startFunction({ client, runtime, cloudwatch, clock, handler, env }) {
  const { program, isRic } = CLIENTS[client]
  const way = await road(cloudwatch.endpoint)
  const api = await startRuntimeApi()
  const { child, ended } = start(new URL(program, FOLDER), {
    runtime: runtime.command,
    runtimeArgs: isRic ? ['--require', fileURLToPath(new URL('native-client.cjs', FOLDER))] : [],
    env: environment(way.endpoint, {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true',
      ...OF_LAMBDA,
      LAMBDA_TASK_ROOT: fileURLToPath(FOLDER),
      _HANDLER: `function.${handler}`,
      LD_PRELOAD: await library('wall-clock'),
      WALL_CLOCK_FILE: clock.file,
      ...env,
    }),
  })
  const early = ended.then((end) => assert.fail(`ended early: ${JSON.stringify(end)}`))
  early.catch(() => {})
  const orEnded = (promise) => Promise.race([promise, early])

  function close() {
    child.kill('SIGKILL')
    api.close()
    way.close()
  }
  return {
    child,
    ended,
    close,
    cut: way.cut,
    invoke: (event) => orEnded(api.invoke(event)),
    /** Stops the process once it has asked for the next invocation. */
    async freeze() {
      await orEnded(api.idle())
      child.kill('SIGSTOP')
      while (!isStopped(child)) await new Promise(setImmediate)
    },
    thaw: () => child.kill('SIGCONT'),
  }
}
