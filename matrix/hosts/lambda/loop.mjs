// A custom runtime: it asks for an invocation, calls the function, and answers.

const API = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`
const [file, name] = process.env._HANDLER.split('.')
const { [name]: handler } = await import(`${process.env.LAMBDA_TASK_ROOT}/${file}.mjs`)

for (;;) {
  const invocation = await fetch(`${API}/next`)
  const id = invocation.headers.get('lambda-runtime-aws-request-id')
  const body = JSON.stringify(await handler(await invocation.json()))
  await fetch(`${API}/${id}/response`, { method: 'POST', body })
}
