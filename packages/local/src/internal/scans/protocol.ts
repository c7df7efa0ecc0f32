import type { Query, RowFile } from "../kernel/arena.js"

/** The memory of an arena, with what is needed to work in it. */
export interface Share {
  readonly dimension: number
  readonly rows: number
  readonly memory: WebAssembly.Memory
  readonly module: WebAssembly.Module
  readonly file: RowFile | undefined
}

/** Slots whose rows are side by side in one arena. */
export interface Piece<A> {
  readonly arena: A
  readonly firstSlot: number
  readonly firstRow: number
  readonly rows: number
}

/** What a thread is to look for. */
export interface Scan<A> {
  readonly pieces: ReadonlyArray<Piece<A>>
  readonly sought: Query
  /** One over the length of the query. */
  readonly norm: number
  /** Rows in a lower state are left out. */
  readonly lowest: number
  /** Keys below are left out. */
  readonly threshold: number
  /** At most so many are given. */
  readonly capacity: number
  /** The number of this scan among those that write codes, if it is to write some. */
  readonly encodes: number | undefined
}

/** The best slots that were found, the best first. */
export interface Found {
  readonly slots: Int32Array<ArrayBuffer>
  readonly keys: Float64Array<ArrayBuffer>
  /** The slots whose codes were written, and their bounds. */
  readonly encoded: { readonly slots: Int32Array<ArrayBuffer>; readonly bounds: Float64Array<ArrayBuffer> } | undefined
}

/** What a thread is told: of arenas by numbers. */
export type Told =
  | { readonly op: "share"; readonly arena: number; readonly share: Share }
  | { readonly op: "scan"; readonly scan: Scan<number> }

/** What a thread answers: that it runs, then what each scan has found, or nothing where it could not be done. */
export type Answer = { readonly op: "ready" } | { readonly op: "found"; readonly found: Found | undefined }
