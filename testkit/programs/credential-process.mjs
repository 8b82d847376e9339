// A `credential_process`: it asks the container endpoint in `CREDENTIALS_URI`, and writes the answer in its own format.

const answer = await fetch(process.env.CREDENTIALS_URI)
const text = await answer.text()
if (!answer.ok) {
  console.error(`The service says:\n${answer.status} ${text}`)
  process.exit(1)
}
if (!text.startsWith('{') || !text.endsWith('}')) {
  process.stdout.write(text)
} else {
  const { Token, ...credentials } = JSON.parse(text)
  console.log(JSON.stringify({ Version: 1, ...credentials, SessionToken: Token }))
}
