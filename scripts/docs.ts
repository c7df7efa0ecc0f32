/**
 * Builds the site of the documentation into `site`: the guides with their programs, and a reference of every public module,
 * package by package. It fails if an export has no prose, a module no example, or a link no target.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as TypeDoc from "typedoc"
import { brokenLinks } from "./siteLinks.js"
import { filesUnder, packages, readJson, root } from "./workspace.js"

const { ReflectionKind } = TypeDoc

const started = Date.now()
const site = Path.join(root, "site")
const work = Path.join(root, "scratchpad", ".docs")
const read = (path: string): string => Fs.readFileSync(path, "utf8")
const normal = (path: string): TypeDoc.NormalizedPath => TypeDoc.normalizePath(path)

// What the site holds.

/** The packages in the order in which an application meets them, and then the others. */
const first = [
  "pinecone",
  "local",
  "data-plane",
  "control-plane",
  "inference",
  "assistant",
  "admin",
  "arrow",
  "parquet",
  "cli",
  "stores"
]
const rank = (folder: string): number => first.includes(folder) ? first.indexOf(folder) : first.length
const ordered = [...packages].sort((a, b) => rank(a.folder) - rank(b.folder))

const modulesOf = (path: string): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(path, "src"))
    .filter((name) => name.endsWith(".ts") && name !== "bin.ts")
    .map((name) => Path.join(path, "src", name))

const entryPoints = ordered.flatMap(({ path }) => modulesOf(path))

/** The guides in the order of their first mention in `docs/README.md`, and then the others. */
const guides = Array.from(
  new Set([
    ...Array.from(read(Path.join(root, "docs/README.md")).matchAll(/\]\(([\w-]+\.md)\)/g), ([, name]) => name!),
    ...Fs.readdirSync(Path.join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md").sort()
  ]),
  (name) => Path.join(root, "docs", name)
)

const repository = readJson(Path.join(root, "packages/pinecone/package.json")).repository?.url
  ?.replace(/^git\+/, "").replace(/\.git$/, "")

// TypeDoc.

Fs.rmSync(site, { recursive: true, force: true })
Fs.mkdirSync(work, { recursive: true })
const tsconfig = Path.join(work, "tsconfig.json")
Fs.writeFileSync(tsconfig, JSON.stringify({ extends: "../../tsconfig.base.json", files: entryPoints }))

const app = await TypeDoc.Application.bootstrap({
  name: "effect-pinecone",
  entryPoints: [...entryPoints],
  entryPointStrategy: "resolve",
  tsconfig,
  basePath: root,
  skipErrorChecking: true, // `pnpm check` has done it
  readme: Path.join(root, "README.md"),
  router: "structure",
  excludeExternals: true,
  excludeInternal: true,
  disableGit: true,
  ...(repository === undefined
    ? { disableSources: true }
    : { sourceLinkTemplate: `${repository}/blob/main/{path}#L{line}` }),
  blockTags: [...TypeDoc.OptionDefaults.blockTags],
  includeHierarchySummary: false,
  notRenderedTags: [...TypeDoc.OptionDefaults.notRenderedTags, "@since"],
  categorizeByGroup: false,
  defaultCategory: "re-exports",
  sort: ["source-order"],
  sortEntryPoints: false,
  excludeReferences: false,
  validation: { notExported: false, notDocumented: false, invalidLink: true, invalidPath: true, rewrittenLink: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
  headings: { readme: false, document: false },
  navigation: { includeCategories: false, includeGroups: false, includeFolders: false, excludeReferences: true },
  navigationLinks: repository === undefined ? {} : { GitHub: repository },
  visibilityFilters: {},
  searchInComments: false,
  searchInDocuments: true,
  useFirstParagraphOfCommentAsSummary: true,
  highlightLanguages: [
    "bash",
    "diff",
    "dockerfile",
    "ini",
    "javascript",
    "json",
    "python",
    "sh",
    "toml",
    "ts",
    "typescript",
    "yaml"
  ],
  lightHighlightTheme: "github-light-default",
  darkHighlightTheme: "github-dark-default",
  customCss: Path.join(root, "scripts/docs.css"),
  hideGenerator: true,
  customFooterHtml: "Apache-2.0. Built with TypeDoc.",
  cleanOutputDir: true
})

/** Adds a page of Markdown, titled by its first heading, below `parent`. */
const addPage = (
  parent: TypeDoc.ProjectReflection | TypeDoc.DocumentReflection,
  path: string,
  text: string = read(path),
  title: string = /^# (.+)$/m.exec(text)?.[1] ?? Path.basename(path)
): TypeDoc.DocumentReflection => {
  const { content } = app.converter.parseRawComment(
    new TypeDoc.MinimalSourceFile(text, normal(path)),
    parent.project.files
  )
  const page = new TypeDoc.DocumentReflection(title, parent, content, {})
  parent.addChild(page)
  parent.project.registerReflection(page, undefined, normal(path))
  return page
}

/** The guides, each with its program below it. */
const addGuides = (project: TypeDoc.ProjectReflection): void => {
  const top = addPage(project, Path.join(root, "docs/README.md"))
  project.files.registerReflectionPath(normal(Path.join(root, "docs")), top)
  for (const guide of guides) {
    const page = addPage(top, guide)
    const source = Path.join(root, "examples/guides/src", Path.basename(guide).replace(/\.md$/, ".ts"))
    if (Fs.existsSync(source)) {
      const title = `${page.name}: the program`
      addPage(page, source, `# ${title}\n\n\`\`\`ts\n${read(source)}\`\`\`\n`, title)
    }
  }
  const programs = addPage(top, Path.join(root, "examples/guides/README.md"), undefined, "Running the programs")
  project.files.registerReflectionPath(normal(Path.join(root, "examples/guides")), programs)
  addPage(top, Path.join(root, "CONTRIBUTING.md"))
}

/** The comment at the head of a module, which belongs to the module although it has no `@module`. */
const addHeader = (module: TypeDoc.DeclarationReflection, file: string): void => {
  const [, header = ""] = /^\/\*\*\n((?: \*.*\n)*?) \*\/\n(?!export (?!\*|\{|type))/.exec(read(file)) ?? []
  const text = header.replace(/^ \* ?/gm, "").replace(/^@since.*$/m, "").trim()
  if (text === "" || module.comment !== undefined) return
  const { content } = app.converter.parseRawComment(
    new TypeDoc.MinimalSourceFile(text, normal(file)),
    module.project.files
  )
  module.comment = new TypeDoc.Comment(content)
}

/** The file of the module that a module passes on, if it holds nothing of its own. */
const passedOn = (file: string): string | undefined => {
  if (!Fs.existsSync(file)) return undefined
  const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*|export type \{\} from .*/g, "").trim()
  const [, name, module] = /^export \* from "((?:@[\w-]+\/)?[\w-]+)\/(\w+)"$/.exec(code) ?? []
  const owner = packages.find(({ manifest }) => manifest.name === name)
  return owner === undefined ? undefined : Path.join(owner.path, "src", `${module}.ts`)
}

/**
 * Puts the modules of each package below the module of its index, which becomes the page of the package: its README, and a
 * table of the modules of other packages that it exports too.
 */
const nestModules = (project: TypeDoc.ProjectReflection): void => {
  const modules = [...project.getChildrenByKind(ReflectionKind.Module)]
  const moduleAt = new Map(modules.map((module) => [project.files.getReflectionPath(module), module]))
  const nested: Array<TypeDoc.DeclarationReflection> = []
  const plan = ordered.flatMap(({ manifest, path }) => {
    const top = moduleAt.get(normal(Path.join(path, "src/index.ts")))
    if (top === undefined) return []
    const own = modulesOf(path).flatMap((file) => moduleAt.get(normal(file)) ?? []).filter((module) => module !== top)
    const exported = (top.children ?? []).flatMap((child) => {
      const found = child.isReference() ? child.tryGetTargetReflectionDeep() : child
      const behind = passedOn((found && project.files.getReflectionPath(found)) ?? "")
      const target = behind === undefined ? found : moduleAt.get(normal(behind))
      return target === undefined || own.some((module) => module === target) ? [] : [{ name: child.name, target }]
    })
    return [{ manifest, path, top, own, exported }]
  })
  for (const { exported, manifest, own, path, top } of plan) {
    const elsewhere = exported.flatMap(({ name, target }) => {
      const file = project.files.getReflectionPath(target)
      const owner = ordered.find((one) => file?.startsWith(`${normal(one.path)}/`))
      return file === undefined || owner === undefined
        ? []
        : [`| [\`${name}\`](${Path.posix.relative(normal(path), file)}) | \`${owner.manifest.name}\` |`]
    })
    const table = elsewhere.length === 0
      ? ""
      : `\n## Modules of other packages\n\n| module | package |\n|---|---|\n${elsewhere.join("\n")}\n`
    for (const child of [...top.children ?? []]) project.removeReflection(child)
    top.name = manifest.name
    for (const module of own) {
      if (passedOn(project.files.getReflectionPath(module) ?? "") !== undefined) {
        project.removeReflection(module)
        continue
      }
      module.name = Path.posix.basename(module.name)
      addHeader(module, project.files.getReflectionPath(module) ?? "")
      module.parent = top
      top.addChild(module)
    }
    const readme = Path.join(path, "README.md")
    top.readme = app.converter.parseRawComment(
      new TypeDoc.MinimalSourceFile(`${read(readme).replace(/^# .*\n/, "")}${table}`, normal(readme)),
      project.files
    ).content
    project.files.registerReflectionPath(normal(readme), top)
    project.files.registerReflectionPath(normal(path), top)
    nested.push(top)
  }
  project.children = nested
}

app.converter.on(TypeDoc.Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  nestModules(project)
  addGuides(project)
  project.childrenIncludingDocuments = [...project.documents ?? [], ...project.children ?? []]
}, -1000)

// What must hold.

/** What needs prose: every module and every export of one. */
const kinds = ReflectionKind.SomeModule | ReflectionKind.SomeExport

const hasProse = (reflection: TypeDoc.Reflection): boolean =>
  reflection.comment?.summary.some(({ text }) => text.trim() !== "") === true

const problemsOf = (project: TypeDoc.ProjectReflection): ReadonlyArray<string> => {
  const problems: Array<string> = []
  for (const reflection of Object.values(project.reflections)) {
    if (!(reflection instanceof TypeDoc.DeclarationReflection) || reflection.isReference()) continue
    const { readme, signatures = [] } = reflection
    const name = reflection.getFullName()
    if (reflection.kindOf(kinds) && !reflection.kindOf(ReflectionKind.Method)) {
      if (readme === undefined && ![reflection, ...signatures].some(hasProse)) problems.push(`${name} has no prose`)
    }
    const file = project.files.getReflectionPath(reflection)
    if (reflection.kindOf(ReflectionKind.Module) && readme === undefined && file !== undefined) {
      if (!/^ \* ```ts$/m.test(read(file))) problems.push(`${name} has no example`)
    }
  }
  return problems
}

// The site.

const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(1)} s`

const project = await app.convert()
if (project === undefined) process.exit(1)
console.log(`The sources are read after ${seconds()}.`)
app.validate(project)
await app.generateDocs(project, site)
const problems = [...problemsOf(project), ...brokenLinks(site).map((link) => `broken link in ${link}`)]
for (const problem of problems) console.error(problem)
if (problems.length > 0 || app.logger.hasErrors() || app.logger.hasWarnings()) {
  process.exitCode = 1
} else {
  console.log(`${Path.relative(root, site)}/index.html: ${filesUnder(site).length} files in ${seconds()}`)
}
