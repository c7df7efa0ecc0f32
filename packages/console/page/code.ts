/** Programs and commands that do what the page does. */
import type { Call, Sent } from "./sdk.js"

const isName = /^[A-Za-z_$][\w$]*$/

/** A value as TypeScript has it. */
export const literal = (value: unknown, indent = ""): string => {
  if (value instanceof Float32Array) return `[${Array.from(value).join(", ")}]`
  if (Array.isArray(value)) {
    return `[${value.map((item) => literal(item, indent)).join(", ")}]`
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    if (fields.length === 0) return "{}"
    const inner = `${indent}  `
    const lines = fields.map(([name, field]) =>
      `${inner}${isName.test(name) ? name : JSON.stringify(name)}: ${
        field instanceof Code ? field.text : literal(field, inner)
      }`
    )
    return `{\n${lines.join(",\n")}\n${indent}}`
  }
  return JSON.stringify(value) ?? "undefined"
}

/** What stands in a program as it is. */
export class Code {
  constructor(readonly text: string) {}
}

/** A text in single quotes of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The same request as a command. The key stands in the environment: the page does not show it. */
export const curl = (
  { body, contentType, method, path }: Sent,
  host: string,
  version: string
): string => {
  const base = /^https?:\/\//.test(host) ? host : `https://${host}`
  return [
    `curl ${method === "GET" ? "" : `-X ${method} `}${quoted(base + path)}`,
    `  -H "Api-Key: $PINECONE_API_KEY"`,
    `  -H ${quoted(`X-Pinecone-Api-Version: ${version}`)}`,
    ...(body === undefined ? [] : [`  -H ${quoted(`Content-Type: ${contentType}`)}`, `  -d ${quoted(body)}`])
  ].join(" \\\n")
}

/** The modules that a program names. */
const modules = [
  "VectorIndex",
  "DocumentIndex",
  "Indexes",
  "Backups",
  "BackupSchedules",
  "RestoreJobs",
  "Inference",
  "Filter",
  "Score",
  "QueryString",
  "IndexSchema"
]

/** The same call as a program. */
export const program = ({ code }: Pick<Call, "code">): string => {
  const used = modules.filter((name) => new RegExp(`\\b${name}\\.`).test(code))
  const effects = ["Effect", "Option", "Schema", "Stream"].filter((name) =>
    name === "Effect" || new RegExp(`\\b${name}\\.`).test(code)
  )
  return `import { ${effects.join(", ")} } from "effect"
import { ${used.join(", ")} } from "effect-pinecone"

const program = Effect.gen(function*() {
${code.split("\n").map((line) => line === "" ? "" : `  ${line}`).join("\n")}
})
`
}
