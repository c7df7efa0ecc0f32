import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import type { ServeError } from "@effect/platform/HttpServerError"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** Why a server cannot start, in one line: what is wrong, why, and what to do. */
export class StartProblem extends Data.TaggedError("StartProblem")<{ readonly message: string }> {}

const problem = (message: string) => new StartProblem({ message })

/** What Node says of an error: its code. */
const codeOf = (cause: unknown): string | undefined => {
  let current = cause
  for (let depth = 0; depth < 8 && Predicate.isRecord(current); depth++) {
    if (typeof current["code"] === "string") return current["code"]
    current = current["cause"]
  }
  return undefined
}

const messageOf = (cause: unknown): string =>
  Predicate.isRecord(cause) && typeof cause["message"] === "string" && cause["message"] !== ""
    ? cause["message"]
    : codeOf(cause) ?? "the reason is unknown"

/** Why a port cannot be listened on. */
export const listening = ({ cause }: ServeError, { host, port }: { readonly host: string; readonly port: number }) => {
  const what = `Cannot listen on ${host.includes(":") ? `[${host}]` : host}:${port}`
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return `${what}: the port is in use. Stop the program that uses it, choose another port, or 0 for any that is free.`
    case "EACCES":
      return `${what}: permission denied. Choose a port above 1023, or run the server with the privilege to use this one.`
    case "EADDRNOTAVAIL":
      return `${what}: this machine has no such address. Use 127.0.0.1, 0.0.0.0 for all, or an address of this machine.`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${what}: the host name "${host}" is unknown. Use 127.0.0.1, 0.0.0.0 for all, or an address of this machine.`
    case "EAFNOSUPPORT":
      return `${what}: this machine has no IPv6. Use 127.0.0.1, or 0.0.0.0 for all addresses.`
    default:
      return `${what}: ${messageOf(cause)}`
  }
}

export const checkPort = (port: number): Effect.Effect<void, StartProblem> =>
  Number.isInteger(port) && port >= 0 && port <= 65_535
    ? Effect.void
    : problem(`port must be an integer from 0 to 65,535, got ${port}`)

const reasonOf = (error: PlatformError.PlatformError): string => {
  const code = codeOf(error)
  if (error._tag === "SystemError" && error.reason === "NotFound") return "it does not exist"
  if (code === "EACCES" || code === "EPERM") return "permission denied"
  if (code === "EROFS") return "the file system is read-only"
  if (code === "ENOTDIR") return "a part of its path is a file"
  return messageOf(error)
}

/** Makes the folder of the data, or says why it cannot be written. */
export const dataFolder = (folder: string): Effect.Effect<void, StartProblem, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const unfit = (why: string) => problem(`The data folder ${folder} cannot be used: ${why}.`)
    const info = yield* Effect.option(fs.stat(folder))
    if (Option.isSome(info) && info.value.type !== "Directory") {
      return yield* unfit("it is a file. Choose a folder")
    }
    const hint = "Choose a folder that this user can write to"
    yield* Effect.mapError(
      fs.makeDirectory(folder, { recursive: true }),
      (error) => unfit(`${reasonOf(error)}. ${hint}`)
    )
    // Not tried by writing: a disk that is full can be read.
    yield* Effect.mapError(
      fs.access(folder, { writable: true }),
      (error) => unfit(`it cannot be written, ${reasonOf(error)}. ${hint}`)
    )
  })

/** What to do where the folder of the data cannot be opened. */
export const advice = (message: string): string =>
  /in use by another server/.test(message)
    ? " Stop that server, or choose another folder."
    : /file is not a database|malformed|SQLITE_CORRUPT|SQLITE_NOTADB/.test(message)
    ? " The file is damaged: restore the folder from a copy, or choose another one."
    : ""

/** The bytes of a file that a flag names. */
export const file = (flag: string, path: string): Effect.Effect<Uint8Array, StartProblem, FileSystem.FileSystem> =>
  FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.readFile(path)),
    Effect.mapError((error) =>
      problem(
        `${flag} ${path} cannot be read: ${codeOf(error) === "EISDIR" ? "it is a folder" : reasonOf(error)}. ` +
          "Give the path of a file that this user can read."
      )
    )
  )

/** A folder that a flag names, which must be there. */
export const existingFolder = (
  flag: string,
  path: string
): Effect.Effect<void, StartProblem, FileSystem.FileSystem> =>
  FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.stat(path)),
    Effect.mapError((error) =>
      problem(`${flag} ${path} cannot be used: ${reasonOf(error)}. Give the path of a folder.`)
    ),
    Effect.filterOrFail(
      ({ type }) => type === "Directory",
      () => problem(`${flag} ${path} cannot be used: it is a file. Give the path of a folder.`)
    ),
    Effect.asVoid
  )

/** A message in one line. */
export const oneLine = (message: string): string => message.replace(/\s*[\r\n]+\s*/g, " ").trim()
