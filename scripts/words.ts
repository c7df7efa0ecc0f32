/**
 * Plain English in what users read: the pages, the doc comments of public modules, and every text in the sources. A phrase
 * that sounds translated is named with what to write instead.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import ts from "typescript"
import { filesUnder, packages, root } from "./workspace.js"

/** A pattern, and what to write instead. */
const phrases: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bmend(?:s|ed|ing)?\b/i, "fix"],
  [/\bputs? aside\b/i, "set aside, collect"],
  [/\bby choice\b/i, "optionally"],
  [/\b(?:is|are) told\b/i, "is configured, receives, learns"],
  [/\btold otherwise\b/i, "unless set, unless configured"],
  [/\b(?:host|server|it|they) bears?\b|\bbears (?:it|more|fewer)\b|\bto bear it\b/i, "can handle, supports"],
  [/\bgo(?:es)? on from\b/i, "resume from, continue after"],
  [/\bused up\b/i, "exhausted"],
  [/\b(?:may go|goes) better\b|\bpassing reasons?\b/i, "transient"],
  [/\bsent twice\b/i, "retried"],
  [/\b(?:lowest|highest) are best\b/i, "lower is better"],
  [/\bwhoever\b|\bwhosoever\b/i, "a caller that, clients that"],
  [/\bin vain\b/i, "say what happened"],
  [/\bcom(?:e|es|ing) to (?:its|their|an) end\b/i, "end, finish"],
  [/\blet in\b/i, "accept, allow"],
  [/\banew\b/i, "again"],
  [/\bunless told\b/i, "by default"],
  [/\bone's own\b/i, "your own"],
  [/\bsend less at a time\b/i, "reduce the request rate"],
  [/\bfell silent\b|\bfalls silent\b/i, "stopped sending data"],
  [
    /\b(?:is|are) no (?:whole |finite |valid )?(?:name|number|string|object|list|text|duration|boolean|array|integer|value|id|file|URL)s?\b/i,
    "must be, is not a"
  ],
  [/\bnone such\b/i, "none"]
]

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length

interface Found {
  readonly file: string
  readonly line: number
  readonly words: string
  readonly instead: string
}

/** The phrases in a text that begins at a line of a file. A line break and the margin of a comment count as a space. */
const inText = (file: string, firstLine: number, text: string): ReadonlyArray<Found> => {
  const flat = text.replace(/\n[ \t]*(?:\*(?!\/)|\/\/)?[ \t]*/g, (gap) => `\n${" ".repeat(gap.length - 1)}`)
  return phrases.flatMap(([pattern, instead]) =>
    Array.from(flat.matchAll(new RegExp(pattern.source.replaceAll(" ", "\\s+"), "gi")), (match) => ({
      file,
      line: firstLine + lineOf(flat, match.index) - 1,
      words: match[0].replace(/\s+/g, " "),
      instead
    }))
  )
}

/** The texts of a module: its strings, and if it is public its doc comments. */
const inModule = (file: string, isPublic: boolean): ReadonlyArray<Found> => {
  const text = Fs.readFileSync(file, "utf8")
  const found: Array<Found> = []
  const collect = (start: number, part: string): void => {
    for (const one of inText(file, lineOf(text, start), part)) found.push(one)
  }
  const visit = (node: ts.Node): void => {
    if (
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isJsxText(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      collect(node.getStart(), node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true))
  if (isPublic) { for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) collect(comment.index, comment[0]) }
  return found
}

const isModule = (file: string): boolean => /\.tsx?$/.test(file) && !file.includes("node_modules")

const modules = [
  ...packages.flatMap(({ path }) => ["src", "page"].flatMap((folder) => filesUnder(Path.join(path, folder)))),
  ...Fs.readdirSync(Path.join(root, "examples")).flatMap((name) => filesUnder(Path.join(root, "examples", name, "src")))
].filter(isModule)

const pages = [
  Path.join(root, "README.md"),
  Path.join(root, "CONTRIBUTING.md"),
  ...filesUnder(Path.join(root, "docs")).filter((file) => file.endsWith(".md")),
  ...packages.map(({ path }) => Path.join(path, "README.md")),
  ...Fs.readdirSync(Path.join(root, "examples")).map((name) => Path.join(root, "examples", name, "README.md"))
].filter((file) => Fs.existsSync(file))

const found = [
  ...modules.flatMap((file) => inModule(file, file.includes("/packages/") && !file.includes("/internal/"))),
  ...pages.flatMap((file) => inText(file, 1, Fs.readFileSync(file, "utf8")))
]

for (const { file, instead, line, words } of found) {
  console.error(`${Path.relative(root, file)}:${line}: "${words}": write ${instead}`)
}
if (found.length > 0) process.exitCode = 1
else console.log(`${modules.length} modules and ${pages.length} pages are in plain English`)
