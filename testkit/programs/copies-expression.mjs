// Evaluates its second argument, the body of an asynchronous function, and tells what it gave. The body has `at`, the
// paths of what is installed, which the first argument holds, `copy`, which evaluates the package in a folder anew, and
// `inContext`, which does so in a `vm` context of its own.

import { evaluate } from './evaluation.mjs'
import { evaluateInContext } from './realm.mjs'

const [paths, statements] = process.argv.slice(2)
const at = JSON.parse(paths)
const copy = (folder = at.installed) => evaluate(folder)
const inContext = () => evaluateInContext(at.installed)

const body = `return (async () => { ${statements} })()`
const result = await new Function('at', 'copy', 'inContext', body)(at, copy, inContext)
process.send({ result }, () => process.disconnect())
