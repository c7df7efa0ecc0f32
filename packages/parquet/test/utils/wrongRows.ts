import type { WriteRecord } from "./writeParquet.js"

const good = { values: [1, 2] }

/** Rows, and for those that are no records what is said of them. Written with doubles and 64-bit indices. */
export const rows: ReadonlyArray<readonly [WriteRecord, string | undefined]> = [
  [{ id: "ok", ...good, metadata: { a: "x", b: 1.5, c: true, d: ["p"], e: [] } }, undefined],
  [{ id: null, ...good }, "the id is missing"],
  [{ id: "", ...good }, "the id is empty"],
  [{ id: "a", values: [1, null] }, "values[1] is null"],
  [{ id: "b", values: [Number.NaN, 1] }, "values[0] is NaN"],
  [{ id: "c", values: [1, Number.NEGATIVE_INFINITY] }, "values[1] is -Infinity"],
  [{ id: "d", values: [1, 1e39] }, "does not fit a 32-bit float"],
  [{ id: "e", ...good, metadata: "{" }, "not valid JSON"],
  [{ id: "f", ...good, metadata: "[1]" }, "not a JSON object"],
  [{ id: "g", ...good, metadata: "null" }, "not a JSON object"],
  [{ id: "h", ...good, metadata: "\"text\"" }, "not a JSON object"],
  [{ id: "i", ...good, metadata: { x: null } }, "\"x\" is null"],
  [{ id: "j", ...good, metadata: { x: { y: 1 } } }, "\"x\" is an object"],
  [{ id: "k", ...good, metadata: { x: ["a", 1] } }, "\"x\" is not a list of strings"],
  [{ id: "l", ...good, metadata: "{\"x\":1e999}" }, "\"x\" is too large"],
  [{ id: "m", ...good, sparseValues: { indices: [1, 2], values: [1] } }, "2 indices and 1 values"],
  [{ id: "n", ...good, sparseValues: { indices: [], values: [1] } }, "0 indices and 1 values"],
  [{ id: "o", sparseValues: { indices: [1], values: [Number.NaN] } }, "sparse_values.values[0] is NaN"],
  [{ id: "p", sparseValues: { indices: [-1], values: [1] } }, "sparse_values.indices[0] is -1"],
  [{ id: "q", sparseValues: { indices: [4294967296], values: [1] } }, "sparse_values.indices[0] is 4294967296"],
  [{ id: "r", values: null }, "neither values nor sparse_values"],
  [{ id: "s", values: [] }, "neither values nor sparse_values"],
  [{ id: "t", sparseValues: { indices: [4294967295], values: [1] } }, undefined]
]
