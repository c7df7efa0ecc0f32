/**
 * Marks what a module computes when it is loaded as free of effects, so that bundlers leave out what a program does not use.
 *
 * A package says with `sideEffects: []` that its modules may be left out as a whole. Within a module that is used, a bundler
 * keeps each call at the top level unless it is marked: a Schema, a tag, a class that extends what a call gives. It keeps one that
 * is marked as well where an argument is spread or is a property of a value, which could have an effect of its own: such an
 * expression is computed by a function that is called at once, and that call is marked.
 */
import ts from "typescript"

const mark = "/* @__PURE__ */ "

const isStatic = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.StaticKeyword

/** What a class computes when it is declared. */
const computedBy = (node: ts.ClassLikeDeclaration): ReadonlyArray<ts.Expression> => [
  ...(node.heritageClauses ?? []).flatMap(({ types }) => types.map(({ expression }) => expression)),
  ...node.members.flatMap((member) =>
    ts.isPropertyDeclaration(member) && member.modifiers?.some(isStatic) === true && member.initializer
      ? [member.initializer]
      : []
  )
]

/** What a part of an expression runs when it is evaluated: not what is in functions, which run later if at all. */
const partsOf = (node: ts.Node): ReadonlyArray<ts.Node> => {
  if (ts.isFunctionLike(node)) return []
  if (ts.isClassLike(node)) return computedBy(node)
  const parts: Array<ts.Node> = []
  ts.forEachChild(node, (child) => {
    parts.push(child)
  })
  return parts
}

const isCall = (node: ts.Node): node is ts.CallExpression | ts.NewExpression =>
  ts.isCallExpression(node) || ts.isNewExpression(node)

/** Where the calls begin that run with a node. */
const callsOf = (node: ts.Node, found: Set<number>): void => {
  if (isCall(node)) found.add(node.getStart())
  partsOf(node).forEach((part) => callsOf(part, found))
}

/** Whether a call is given what a bundler takes for an effect: something spread, or a property of what is no module. */
const isInDoubt = (node: ts.Node, modules: ReadonlySet<string>): boolean => {
  if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node) || ts.isElementAccessExpression(node)) return true
  if (ts.isPropertyAccessExpression(node)) {
    return !(ts.isIdentifier(node.expression) && modules.has(node.expression.text))
  }
  if (isCall(node)) {
    return (node.arguments ?? []).some((argument) => isInDoubt(argument, modules)) ||
      calledOn(node).some((call) => isInDoubt(call, modules))
  }
  return partsOf(node).some((part) => isInDoubt(part, modules))
}

/** The call whose result has the method that is called, or that gives the function. */
const calledOn = ({ expression }: ts.CallExpression | ts.NewExpression): ReadonlyArray<ts.Expression> => {
  const on = ts.isPropertyAccessExpression(expression) ? expression.expression : expression
  return isCall(on) ? [on] : []
}

const modulesOf = (source: ts.SourceFile): ReadonlySet<string> =>
  new Set(
    source.statements.flatMap((statement) => {
      const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined
      return bindings !== undefined && ts.isNamespaceImport(bindings) ? [bindings.name.text] : []
    })
  )

/** The same module of JavaScript. Statements that are there for their effect stay unmarked: loops, and calls by themselves. */
export const markPure = (code: string): string => {
  const source = ts.createSourceFile("module.js", code, ts.ScriptTarget.ES2022, true)
  const modules = modulesOf(source)
  const calls = new Set<number>()
  const inserted: Array<readonly [at: number, text: string]> = []
  for (const statement of source.statements) {
    const computed = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.flatMap(({ initializer }) => initializer ?? [])
      : ts.isClassDeclaration(statement)
      ? computedBy(statement)
      : []
    for (const expression of computed) {
      if (isInDoubt(expression, modules)) {
        inserted.push([expression.getStart(), `${mark}(() => (`], [expression.getEnd(), "))()"])
      }
      callsOf(expression, calls)
    }
  }
  calls.forEach((at) => inserted.push([at, mark]))
  let marked = ""
  let from = 0
  for (const [at, text] of inserted.sort(([a], [b]) => a - b)) {
    marked += code.slice(from, at) + text
    from = at
  }
  return marked + code.slice(from)
}
