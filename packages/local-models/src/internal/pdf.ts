import { DocumentError } from "@effect-pinecone/local/LocalModels"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Item, Told } from "./pdfProtocol.js"

/**
 * The program that reads a PDF. It is a process of its own, which holds nothing else up: a broken file of 100 MB can take
 * gigabytes and minutes, and what runs out of memory takes its process with it.
 */
const program = fileURLToPath(new URL("./pdfProgram.js", import.meta.url))

/** What the process may take, in megabytes. */
const mostMemory = 1024

const unreadable = (why: string) => new DocumentError({ message: `The PDF cannot be read: ${why}` })

/** The text of each page of a PDF. */
export const pages = (file: string): Effect.Effect<ReadonlyArray<string>, DocumentError> =>
  Effect.async((resume) => {
    const texts: Array<string> = []
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${mostMemory}`, program, file],
      // It gets nothing of the server's surroundings but what Windows starts no process without.
      { stdio: ["ignore", "ignore", "ignore", "ipc"], env: { SystemRoot: process.env["SystemRoot"] } }
    )
    child.on("message", (told: Told) => {
      if ("page" in told) texts.push(paragraphs(linesOf(told.page)))
      else if ("done" in told) resume(Effect.succeed(texts))
      else {
        resume(
          told.failed.name === "PasswordException"
            ? new DocumentError({ message: "The PDF is protected by a password." })
            : unreadable(told.failed.message)
        )
      }
    })
    child.on("error", ({ message }) => resume(unreadable(message)))
    // All that it has told has come by then.
    child.on("disconnect", () => resume(unreadable(`it may take more than ${mostMemory} MB of memory`)))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

interface Line {
  readonly text: string
  /** The baseline: the higher on the page, the larger. */
  readonly y: number
  readonly height: number
}

const linesOf = (items: ReadonlyArray<Item>): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let text = ""
  let y: number | undefined
  let height = 0
  const end = () => {
    if (text.trim() !== "") lines.push({ text: text.trim(), y: y ?? 0, height })
    text = ""
    y = undefined
    height = 0
  }
  for (const item of items) {
    if (item.text !== "") {
      y ??= item.y
      height = Math.max(height, item.height)
    }
    text += item.text
    if (item.endsLine) end()
  }
  end()
  return lines
}

/** Puts lines together: with a space within a paragraph, with an empty line where the gap is wider than most. */
const paragraphs = (lines: ReadonlyArray<Line>): string => {
  const gaps = lines.slice(1).map((line, i) => lines[i]!.y - line.y).filter((gap) => gap > 0).sort((a, b) => a - b)
  const usual = gaps.length < 3 ? Infinity : gaps[Math.floor(gaps.length / 2)]!
  let text = ""
  let previous: Line | undefined
  for (const line of lines) {
    if (previous !== undefined) {
      const gap = previous.y - line.y
      const apart = gap < 0 || gap > 1.3 * Math.min(usual, 1.6 * previous.height)
      if (apart) text += "\n\n"
      else if (/[\p{Ll}]-$/u.test(text) && /^\p{Ll}/u.test(line.text)) text = text.slice(0, -1)
      else text += /^([•‣◦▪–*-]|\d+[.)])\s/u.test(line.text) ? "\n" : " "
    }
    text += line.text
    previous = line
  }
  return text
}
