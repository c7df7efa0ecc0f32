import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { namespaceProblem } from "./records.js"

/** Which folders a server imports from. */
export type Folders =
  | { readonly _tag: "Any" }
  | { readonly _tag: "None" }
  | { readonly _tag: "Within"; readonly root: string }

/** Why a folder, a file or a record cannot be imported. */
export class ImportProblem extends Data.TaggedError("ImportProblem")<{ readonly message: string }> {}

/** A problem that Pinecone has the same words for. */
export const userError = (message: string): ImportProblem => new ImportProblem({ message: `User error: ${message}` })

/** A folder that an import may read. */
export interface Place {
  readonly uri: string
  /** Where it is, all links followed. */
  readonly path: string
  /** The path without its links, where the server may read it. */
  readonly resolve: (path: string, shown: string) => Effect.Effect<string, ImportProblem>
}

export interface FoundFile {
  readonly path: string
  /** How messages call it: by its path from the folder that is imported on. */
  readonly name: string
}

export interface FoundNamespace {
  readonly namespace: string
  readonly files: ReadonlyArray<FoundFile>
}

/** `2.parquet` comes before `10.parquet`. */
export const { compare } = new Intl.Collator("en", { numeric: true })

export const isParquet = (name: string): boolean => name.endsWith(".parquet")

export const noFiles = (uri: string, why = "") =>
  userError(`No Parquet files found under "${uri}". Files must be stored with the specified bucket prefix.${why}`)

/** Why a file is not one of a namespace: it is the uri itself, or lies beside the folders. */
export const completePath = (top: string): ImportProblem =>
  userError(
    `"${top}": It looks like you specified a complete path to a parquet file as the URI prefix to import from. ` +
      "Note that the URI prefix should give an ancestor directory with subdirectories to specify each namespace " +
      "to import into. See https://docs.pinecone.io/guides/data/understanding-imports#directory-structure."
  )

export const noNamespace = (top: string, name: string): ImportProblem =>
  userError(
    `"${top}/${name}": No namespace detected. Each file should be nested under a subdirectory of the URI prefix. ` +
      "This indicates which namespace it should be imported into."
  )

/** The folder of a uri, if there is one that may be read. */
export const reach = (
  folders: Folders,
  uri: string
): Effect.Effect<Place, ImportProblem, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (!uri.startsWith("file://")) {
      return yield* userError(
        `"${uri}" cannot be reached: the embedded server imports from folders, as file:///path/to/folder, and from s3://, ` +
          "gs://, azure:// and https://"
      )
    }
    if (folders._tag === "None") {
      return yield* userError(
        `"${uri}" cannot be imported: this server reads no folders. Start it with --import-root FOLDER (or the option ` +
          "importRoot) to allow imports from within FOLDER"
      )
    }
    const asked = yield* Effect.try(() => new URL(uri)).pipe(
      Effect.flatMap(path.fromFileUrl),
      Effect.mapError(() => userError(`invalid import uri "${uri}": write it as file:///path/to/folder`))
    )
    const root = folders._tag === "Any" ? undefined : yield* Effect.mapError(
      fs.realPath(folders.root),
      ({ message }) => userError(`The server's folder for imports cannot be read: ${message}`)
    )
    const isIn = (root: string, file: string): boolean => {
      const inside = path.relative(root, file)
      return inside !== ".." && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside)
    }
    const isWithin = (real: string): boolean => root === undefined || isIn(root, real)
    const outside = (shown: string) =>
      userError(
        `"${shown}" is outside of the server's folder for imports (--import-root). Copy the files into that folder`
      )
    const real = yield* Effect.option(fs.realPath(asked))
    if (Option.isNone(real)) {
      // What there is outside of the root is not told.
      return yield* folders._tag === "Any" || isWithin(asked) || isIn(path.resolve(folders.root), asked)
        ? noFiles(uri, " The folder does not exist.")
        : outside(uri)
    }
    if (!isWithin(real.value)) return yield* outside(uri)
    return {
      uri,
      path: real.value,
      resolve: (file, shown) =>
        Effect.filterOrFail(
          Effect.mapError(fs.realPath(file), ({ message }) => userError(`"${shown}" cannot be read: ${message}`)),
          isWithin,
          () => outside(shown)
        )
    }
  })

/** The namespaces of a folder with their files, in the order of their names. */
export const namespacesOf = (
  { path: folder, resolve, uri }: Place
): Effect.Effect<ReadonlyArray<FoundNamespace>, ImportProblem, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const unreadable = ({ message }: { readonly message: string }) => userError(`"${uri}" cannot be read: ${message}`)
    const typeOf = (file: string) => Effect.map(Effect.mapError(fs.stat(file), unreadable), ({ type }) => type)
    const list = (folder: string) =>
      Effect.map(Effect.mapError(fs.readDirectory(folder), unreadable), (names) => names.sort(compare))

    const top = path.basename(folder)
    if ((yield* typeOf(folder)) !== "Directory") {
      return yield* isParquet(folder) ? completePath(top) : noFiles(uri)
    }
    const found: Array<FoundNamespace> = []
    for (const name of yield* list(folder)) {
      const entry = path.join(folder, name)
      const kind = yield* Effect.option(fs.stat(entry))
      if (Option.isNone(kind) || kind.value.type !== "Directory") {
        if (!isParquet(name)) continue
        return yield* noNamespace(top, name)
      }
      const wrong = namespaceProblem(name)
      if (wrong !== undefined) return yield* userError(`"${top}/${name}": ${wrong}`)
      const inside = yield* resolve(entry, `${top}/${name}`)
      const files: Array<FoundFile> = []
      for (const child of yield* list(inside)) {
        if (!isParquet(child)) continue
        const shown = `${top}/${name}/${child}`
        const file = yield* resolve(path.join(inside, child), shown)
        if ((yield* typeOf(file)) === "File") files.push({ path: file, name: shown })
      }
      if (files.length === 0) return yield* noFiles(`${uri.replace(/\/+$/, "")}/${name}`)
      found.push({ namespace: name, files })
    }
    return found.length === 0 ? yield* noFiles(uri) : found
  })
