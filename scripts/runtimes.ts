/**
 * Runs one program on every runtime, and prints what works where: `pnpm runtimes`.
 *
 * The runtimes are packages of npm, in `scripts/runtimes`, which nothing else installs. What they run are the packages as they
 * are published: each in a folder of its own, with the dependencies of its `package.json` and no others.
 *
 *     pnpm runtimes                    all of them, and whether the table of the README says the same
 *     pnpm runtimes --only bun,deno    some of them
 *     pnpm runtimes --write            writes the table into the README
 *     pnpm runtimes --tests 22 …       the tests on another Node: Vitest is given the rest, such as `packages/grpc`
 */
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { features, type Outcome, type Runtime, runtimes, type Server } from "./runtimes/runtimes.js"
import { stage } from "./runtimes/stage.js"
import * as table from "./runtimes/table.js"
import { install, nodeOf } from "./runtimes/tooling.js"
import { root } from "./workspace.js"

/** Starts what the programs talk to, and stops it at the end. */
const withServer = async <A>(staged: string, use: (server: Server) => Promise<A>): Promise<A> => {
  const cwd = Path.join(staged, "program")
  const child = ChildProcess.spawn(
    process.execPath,
    [Path.join(cwd, "dist/server.js"), Path.join(staged, "bundles/browser.js")],
    { cwd, stdio: ["pipe", "pipe", "inherit"] }
  )
  try {
    const server = await new Promise<Server>((resolve, reject) => {
      createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line)))
      child.once("exit", (code) => reject(new Error(`the server has ended with ${code}`)))
    })
    return await use(server)
  } finally {
    child.stdin.end()
  }
}

/** The tests on another Node. */
const tests = (major: string, args: ReadonlyArray<string>): number => {
  const node = nodeOf(major)
  if (node === undefined) {
    console.error(`There is no Node ${major} here: scripts/runtimes/package.json has those that there are.`)
    return 1
  }
  return ChildProcess.spawnSync(node, [Path.join(root, "node_modules/vitest/vitest.mjs"), "run", ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${Path.dirname(node)}${Path.delimiter}${process.env["PATH"]}` }
  }).status ?? 1
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, write: { type: "boolean" }, tests: { type: "string" } }
})

const tried = async (runtime: Runtime, server: Server, staged: string): Promise<ReadonlyArray<Outcome>> => {
  const started = performance.now()
  const outcomes = await runtime.run(server, staged).catch((error: unknown) =>
    features.map((feature): Outcome => ({ feature, problem: String(error) }))
  )
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${runtime.title} ${runtime.version}: ${seconds} s`)
  for (const { feature, problem } of outcomes) {
    if (problem !== undefined && !runtime.without.includes(feature)) {
      console.log(`  ${feature}: ${problem.split("\n").slice(0, 8).join("\n  ")}`)
    }
  }
  return outcomes
}

const main = async (): Promise<number> => {
  install()
  if (values.tests !== undefined) return tests(values.tests, positionals)
  const only = values.only?.split(",")
  const chosen = runtimes().filter(({ name }) => only?.includes(name) ?? true)
  const staged = await stage()
  const rows = await withServer(staged, async (server) => {
    const rows: Array<table.Row> = []
    for (const runtime of chosen) rows.push(table.row(runtime, await tried(runtime, server, staged)))
    return rows
  })
  console.log(`\n${table.show(rows)}\n`)
  const file = Path.join(root, "README.md")
  const readme = Fs.readFileSync(file, "utf8")
  const updated = table.update(readme, rows)
  if (values.write === true) Fs.writeFileSync(file, updated)
  else if (updated !== readme) {
    console.error(
      "The table of the README says otherwise. If the above is right, `pnpm runtimes --write` writes it there."
    )
    return 1
  }
  return 0
}

process.exit(await main())
