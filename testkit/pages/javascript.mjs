/** Finds texts in JavaScript: those of calls, and those of a function, a constant or a class. */

import ts from 'typescript-5'

/**
 * @param {string} text of a file
 * @returns {import('typescript-5').SourceFile}
 */
export function parseJavaScript(text) {
  return ts.createSourceFile('file.js', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)
}

/** Returns the texts in the arguments of each call of a function with one of these names. It may be passed on instead. */
export function callsOf(source, names) {
  const calls = []
  visit(source, (node) => {
    if (!ts.isCallExpression(node)) return
    const isNamed = (one) => ts.isIdentifier(one) && names.includes(one.text)
    if (isNamed(node.expression)) calls.push(node.arguments.flatMap(textsOf))
    else if (node.arguments.some(isNamed)) calls.push([])
  })
  return calls
}

/** Returns the texts of a declaration at the top level. */
export function literalsOf(source, name) {
  const declarations = source.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement]
  )
  const found = declarations.find((declaration) => declaration.name?.getText() === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return textsOf(found)
}

function visit(node, onNode) {
  onNode(node)
  ts.forEachChild(node, (child) => visit(child, onNode))
}

/** Returns the texts in a node, with `…` in place of each value. Texts that are added are one. */
function textsOf(root) {
  const texts = []
  visit(root, (node) => {
    const isPart = isSum(node.parent) && node !== root
    const text = isPart ? undefined : textOf(node)
    if (text !== undefined) texts.push(text)
  })
  return texts
}

function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
  }
  return isSum(node) ? (textOf(node.left) ?? '…') + (textOf(node.right) ?? '…') : undefined
}

const isSum = (node) =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken
