/** Reads the fields that the interfaces of a declaration file declare. */

import { readFileSync } from 'node:fs'
import ts from 'typescript-5'

/**
 * Returns the fields of an interface, and those of its fields: `dropped`, `dropped.tooOld`.
 *
 * @param {string} file a path from the root of the repository
 * @param {string} name
 */
export function fieldsOf(file, name) {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
  const interfaces = new Map(
    source.statements.filter(ts.isInterfaceDeclaration).map((one) => [one.name.text, one.members])
  )

  function nested(type) {
    if (ts.isTypeLiteralNode(type)) return type.members
    if (ts.isUnionTypeNode(type)) return type.types.flatMap((one) => nested(one) ?? [])
    return ts.isTypeReferenceNode(type) ? interfaces.get(type.typeName.text) : undefined
  }
  const walk = (members, prefix) =>
    members.flatMap((member) => {
      const field = `${prefix}${member.name.text}`
      return [field, ...walk(nested(member.type) ?? [], `${field}.`)]
    })
  return walk(interfaces.get(name), '')
}
