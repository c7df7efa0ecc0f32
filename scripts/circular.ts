/**
 * Checks how the modules under `packages/*\/src` import each other:
 *
 * - no module reaches itself through its imports (those of types alone do not count, nor do those made by `import()`);
 *   within the packages where types flow one way, too, those of types do count;
 * - a package imports only the packages of the workspace that stand below it, and only those that it depends on;
 * - no relative import leaves its package.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import ts from "typescript"
import { dependenciesOf, filesUnder, type Package, packages, root } from "./workspace.js"

/** For each folder of `packages`, the folders it may import. */
const below: Readonly<Record<string, ReadonlyArray<string>>> = {
  "schema": [],
  "http": ["schema"],
  "control-plane": ["schema", "http"],
  "inference": ["schema", "http"],
  "admin": ["schema", "http"],
  "assistant": ["schema", "http"],
  "data-plane": ["schema", "http"],
  "pinecone": ["schema", "http", "control-plane", "inference", "assistant", "admin", "data-plane"],
  "node": [],
  "grpc": ["schema", "http", "node"],
  "stores": [],
  "parquet": ["schema", "stores"],
  "arrow": ["schema", "http", "data-plane", "parquet", "stores"],
  "local": ["schema", "http", "grpc", "parquet", "stores"],
  "local-models": ["local"],
  "cli": ["pinecone", "node", "parquet", "arrow", "local", "console"],
  "console": []
}

/** The packages in which imports of types alone count too. */
const typesFlowOneWay: ReadonlySet<string> = new Set(["data-plane"])

interface Import {
  readonly specifier: string
  readonly line: number
  /** Whether it is there when the program runs, before the module that makes it. */
  readonly eager: boolean
}

const problems: Array<string> = []

const importsOf = (file: string): ReadonlyArray<Import> => {
  const source = ts.createSourceFile(file, Fs.readFileSync(file, "utf8"), ts.ScriptTarget.Latest)
  const imports: Array<Import> = []
  const add = (specifier: ts.Node | undefined, eager: boolean) => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      const { line } = source.getLineAndCharacterOfPosition(specifier.getStart(source))
      imports.push({ specifier: specifier.text, line: line + 1, eager })
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.isTypeOnly !== true)
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, !node.isTypeOnly)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return imports
}

const show = (file: string) => Path.relative(root, file)

/** The source file of a module without its extension, if there is one. */
const sourceFile = (path: string): string | undefined =>
  [`${path}.ts`, `${path}.mts`, Path.join(path, "index.ts")].find((file) => Fs.existsSync(file))

const packageOf = (specifier: string): Package | undefined =>
  packages.find(({ manifest }) => specifier === manifest.name || specifier.startsWith(`${manifest.name}/`))

const target = (self: Package, file: string, { line, specifier }: Import): string | undefined => {
  const at = `${show(file)}:${line}`
  if (specifier.startsWith(".")) {
    const path = Path.resolve(Path.dirname(file), specifier)
    if (!path.startsWith(Path.join(self.path, Path.sep))) {
      problems.push(`${at} imports ${specifier}, which is outside its package`)
    }
    return sourceFile(path.replace(/\.([cm]?)js$/, ""))
  }
  const other = packageOf(specifier)
  if (other === undefined) {
    return undefined
  }
  if (other === self) {
    problems.push(`${at} imports its own package by name: ${specifier}`)
  } else if (!(below[self.folder] ?? []).includes(other.folder)) {
    problems.push(`${at} imports ${specifier}: packages/${self.folder} must not know packages/${other.folder}`)
  } else if (!dependenciesOf(self).includes(other)) {
    problems.push(`${at} imports ${specifier}, which is not a dependency of ${self.manifest.name}`)
  }
  return sourceFile(Path.join(other.path, "src", specifier.slice(other.manifest.name.length + 1)))
}

for (const self of packages) {
  const allowed = below[self.folder]
  if (allowed === undefined) {
    problems.push(`packages/${self.folder} has no place among the packages: give it one in scripts/circular.ts`)
    continue
  }
  for (const other of dependenciesOf(self)) {
    if (!allowed.includes(other.folder)) {
      problems.push(`packages/${self.folder}/package.json depends on ${other.manifest.name}, which is not below it`)
    }
  }
}

const graph = new Map<string, Set<string>>()
let edges = 0

for (const self of packages) {
  for (const file of filesUnder(Path.join(self.path, "src"))) {
    if (!/\.m?ts$/.test(file)) {
      continue
    }
    const targets = new Set<string>()
    graph.set(file, targets)
    for (const found of importsOf(file)) {
      const to = target(self, file, found)
      if (to !== undefined && (found.eager || typesFlowOneWay.has(self.folder))) {
        targets.add(to)
      }
    }
    edges += targets.size
  }
}

/** Tarjan's algorithm: the sets of modules in which each reaches every other. */
const componentsOf = (graph: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyArray<ReadonlySet<string>> => {
  const components: Array<ReadonlySet<string>> = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: Array<string> = []
  const onStack = new Set<string>()

  const connect = (node: string): number => {
    const own = index.size
    index.set(node, own)
    low.set(node, own)
    stack.push(node)
    onStack.add(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        low.set(node, Math.min(low.get(node)!, connect(next)))
      } else if (onStack.has(next)) {
        low.set(node, Math.min(low.get(node)!, index.get(next)!))
      }
    }
    if (low.get(node) === own) {
      const component = new Set(stack.splice(stack.indexOf(node)))
      component.forEach((member) => onStack.delete(member))
      components.push(component)
    }
    return low.get(node)!
  }

  for (const node of graph.keys()) {
    if (!index.has(node)) {
      connect(node)
    }
  }
  return components
}

/** A shortest way from a module of the component back to itself. */
const cycleIn = (component: ReadonlySet<string>): ReadonlyArray<string> => {
  const start = [...component].sort()[0]!
  const paths: Array<ReadonlyArray<string>> = [[start]]
  const seen = new Set<string>()
  for (const path of paths) {
    for (const next of graph.get(path[path.length - 1]!) ?? []) {
      if (next === start) {
        return [...path, start]
      }
      if (component.has(next) && !seen.has(next)) {
        seen.add(next)
        paths.push([...path, next])
      }
    }
  }
  return []
}

for (const component of componentsOf(graph)) {
  const [first] = component
  if (component.size > 1 || graph.get(first!)?.has(first!) === true) {
    const cycle = cycleIn(component).map(show).join("\n    -> ")
    problems.push(`a cycle (${component.size} modules reach each other):\n    ${cycle}`)
  }
}

console.log(`${graph.size} modules in ${packages.length} packages, ${edges} imports between them`)
if (problems.length > 0) {
  console.error(`${problems.length} problems:`)
  problems.forEach((problem) => console.error(`- ${problem}`))
  process.exitCode = 1
} else {
  console.log("No circular imports, and every package imports only those below it.")
}
