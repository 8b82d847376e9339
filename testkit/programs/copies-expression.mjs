// Evaluates its second argument, the body of an asynchronous function, and tells what it gave. The body has `at`, the
// paths of what is installed, which the first argument holds, and `copy`, which evaluates the package in a folder anew.

import { evaluate } from './evaluation.mjs'

const [paths, statements] = process.argv.slice(2)
const at = JSON.parse(paths)
const copy = (folder = at.installed) => evaluate(folder)

const result = await new Function('at', 'copy', `return (async () => { ${statements} })()`)(
  at,
  copy
)
process.send({ result }, () => process.disconnect())
