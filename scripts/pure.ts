/**
 * Marks what a module computes when it is loaded as free of effects, so that bundlers leave out what a program does not use.
 *
 * A package says with `sideEffects: []` that its modules may be left out as a whole. Within a module that is used, a bundler
 * keeps each call at the top level unless it is marked: a Schema, a tag, a class that extends what a call gives.
 */
import ts from "typescript"

const mark = "/* @__PURE__ */ "

const isStatic = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.StaticKeyword

/** Where the calls begin that run when a statement does: not those in functions, which run later if at all. */
const callsOf = (node: ts.Node, found: Set<number>): void => {
  if (ts.isFunctionLike(node)) return
  if (ts.isClassLike(node)) {
    node.heritageClauses?.forEach((clause) => callsOf(clause, found))
    for (const member of node.members) {
      if (ts.isPropertyDeclaration(member) && member.modifiers?.some(isStatic) === true && member.initializer) {
        callsOf(member.initializer, found)
      }
    }
    return
  }
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) found.add(node.getStart())
  ts.forEachChild(node, (child) => callsOf(child, found))
}

/** The same module of JavaScript. Statements that are there for their effect stay unmarked: loops, and calls by themselves. */
export const markPure = (code: string): string => {
  const found = new Set<number>()
  for (const statement of ts.createSourceFile("module.js", code, ts.ScriptTarget.ES2022, true).statements) {
    if (ts.isVariableStatement(statement) || ts.isClassDeclaration(statement)) callsOf(statement, found)
  }
  let marked = ""
  let from = 0
  for (const start of [...found].sort((a, b) => a - b)) {
    marked += code.slice(from, start) + mark
    from = start
  }
  return marked + code.slice(from)
}
