/** The files in the folder of a server, and ways to damage them. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

/** The paths of all files below a folder, relative to it. */
export const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

/** The same with the folders. */
export const pathsIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => join(entry.parentPath, entry.name))

/** Copies a folder, file by file. */
export const copyFolder = (from: string, to: string): void => {
  for (const file of filesIn(from)) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    copyFileSync(join(from, file), join(to, file))
  }
}

/** Rewrites a file. */
const rewrite = (change: (bytes: Buffer) => Buffer) => (file: string): void => {
  writeFileSync(file, change(readFileSync(file)))
}

export const emptied = rewrite(() => Buffer.alloc(0))

export const cut = rewrite((bytes) => Buffer.from(bytes.subarray(0, Math.floor(bytes.length / 2) + 100)))

const flipped = (from: (length: number) => number, to: (length: number) => number) =>
  rewrite((bytes) => {
    for (let i = from(bytes.length); i < to(bytes.length); i++) bytes[i]! ^= 0xff
    return bytes
  })

/** The page size, the versions and the counts that SQLite begins a file with. */
export const flippedHeader = flipped(() => 0, () => 100)

/** Every page of the middle half. */
export const flippedMiddle = flipped(
  (length) => Math.floor(length / 4 / 8192) * 8192,
  (length) => Math.ceil(3 * length / 4 / 8192) * 8192
)

/** SQLite keeps `user_version` in four bytes of the header, the most significant first. */
export const versioned = (version: number) =>
  rewrite((bytes) => {
    bytes.writeUInt32BE(version, 60)
    return bytes
  })

/** Of a file or folder: who may do what with it. */
export const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
