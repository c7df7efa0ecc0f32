import * as Option from "effect/Option"
import { bytes } from "./bytes.js"

/** What `kernel.wat` exports. What is no length, count or factor is an address in the memory. */
export interface Loops {
  readonly products: RowLoop
  readonly negatedDistances: RowLoop
  readonly inverseNorms: (values: number, length: number, count: number, out: number) => void
  readonly encode: (row: number, length: number, code: number, bound: number) => void
  readonly narrow: (
    codes: number,
    width: number,
    query: number,
    bounds: number,
    inverseNorms: number,
    rows: number,
    count: number,
    metric: number,
    scale: number,
    ofError: number,
    ofNorm: number,
    ofMetric: number,
    rounding: number,
    threshold: number
  ) => number
  readonly fold: (lanes: number, at: number, stripes: number) => void
  readonly addUp: (lanes: number, at: number, stripes: number) => void
}

/** Computes something of a query and of each row of a list. */
type RowLoop = (values: number, length: number, query: number, rows: number, count: number, out: number) => void

/** A memory, which threads can share, and the loops that work in it. */
export interface Workspace {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly loops: Loops
}

/** The loops in WebAssembly with SIMD. */
export interface Kernel {
  /** A new memory of so many bytes, all 0. None where the system has no room for it. */
  readonly open: (bytes: number) => Workspace | undefined
}

const pageBytes = 65_536

const compile = Option.liftThrowable((source: Uint8Array<ArrayBuffer>) => new WebAssembly.Module(source))

const workspace = Option.liftThrowable((module: WebAssembly.Module, bytes: number): Workspace => {
  const pages = Math.ceil(bytes / pageBytes)
  // It never grows, so that its buffer stays, and all views of it. What was not written takes addresses, not memory.
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  const { exports } = new WebAssembly.Instance(module, { arena: { memory } })
  // eslint-disable-next-line no-restricted-syntax -- the exports of our own module: the tests hold them to this type.
  return { module, memory, loops: exports as unknown as Loops }
})

/** The kernel of a runtime, unless it has no WebAssembly with SIMD and shared memories, or compiles none. */
const make = (): Kernel | undefined =>
  typeof WebAssembly === "object" && WebAssembly.validate(bytes)
    ? Option.getOrUndefined(Option.map(compile(bytes), (module) => ({
      open: (size) => Option.getOrUndefined(workspace(module, size))
    })))
    : undefined

/** The kernel, if there is one here. Without it the plain loops do the same. */
export const kernel: Kernel | undefined = make()
