import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { SparseValues } from "effect-pinecone/Vector"
import type { VectorRecord } from "effect-pinecone/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Order from "effect/Order"
import * as Stream from "effect/Stream"
import * as ExitCode from "../../ExitCode.js"
import type * as Output from "../../Output.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import { Problem } from "../problem.js"
import * as render from "../render.js"
import { output } from "../target.js"
import { from, openSide, to } from "./copy.js"

/** The order that indexes have their ids in: by their bytes, which is that of their code points. */
export const byBytes: Order.Order<string> = Order.make((a, b) => {
  if (a === b) return 0
  const left = Array.from(a, (character) => character.codePointAt(0)!)
  const right = Array.from(b, (character) => character.codePointAt(0)!)
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return left[i]! < right[i]! ? -1 : 1
  }
  return left.length < right.length ? -1 : 1
})

const sameNumbers = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): boolean => {
  const length = a?.length ?? 0
  if (length !== (b?.length ?? 0)) return false
  for (let i = 0; i < length; i++) if (a![i] !== b![i]) return false
  return true
}

const sameSparse = (a: SparseValues | undefined, b: SparseValues | undefined): boolean =>
  sameNumbers(a?.indices, b?.indices) && sameNumbers(a?.values, b?.values)

/** Two records have the same metadata in whichever order its fields stand. */
const ordered = (metadata: object | undefined): string =>
  JSON.stringify(Object.entries(metadata ?? {}).sort(([a], [b]) => a < b ? -1 : 1))

const differing = (a: VectorRecord, b: VectorRecord): ReadonlyArray<string> => [
  ...(sameNumbers(a.values, b.values) ? [] : ["values"]),
  ...(sameSparse(a.sparseValues, b.sparseValues) ? [] : ["sparseValues"]),
  ...(ordered(a.metadata) === ordered(b.metadata) ? [] : ["metadata"])
]

const byId = <E, R>(records: Stream.Stream<VectorRecord, E, R>) =>
  Stream.map(records, (record) => [record.id, record] as const)

/** What two streams of records in the order of their ids do not have alike. */
export const differences = <E, R, E2, R2>(
  first: Stream.Stream<VectorRecord, E, R>,
  second: Stream.Stream<VectorRecord, E2, R2>
): Stream.Stream<typeof Output.Difference.Type, E | E2, R | R2> =>
  Stream.zipAllSortedByKeyWith(byId(first), {
    other: byId(second),
    onSelf: (record): typeof Output.Difference.Type | undefined => ({ id: record.id, kind: "onlyFirst", fields: [] }),
    onOther: (record): typeof Output.Difference.Type | undefined => ({ id: record.id, kind: "onlySecond", fields: [] }),
    onBoth: (a, b): typeof Output.Difference.Type | undefined => {
      const fields = differing(a, b)
      return fields.length === 0 ? undefined : { id: a.id, kind: "different", fields }
    },
    order: byBytes
  }).pipe(
    Stream.mapChunks((chunk) =>
      Chunk.flatMap(chunk, ([, found]) => found === undefined ? Chunk.empty() : Chunk.of(found))
    )
  )

export const command = Command.make("diff", {
  from: Options.all(from),
  to: Options.all(to),
  concurrency: flags.integer("concurrency", "N", "Requests in flight to each side. Default: 4.", 1, 100).pipe(
    Options.withDefault(4)
  ),
  output
}, (options) =>
  Effect.gen(function*() {
    const { concurrency } = options
    const first = yield* openSide(options.from)
    const second = yield* openSide(options.to)
    let found = 0
    yield* render.list(
      options.output,
      { ...kinds.difference, none: "No differences.\n" },
      Stream.tap(
        differences(first.index.scan({ concurrency }), second.index.scan({ concurrency })),
        () => Effect.sync(() => void found++)
      )
    )
    if (found > 0) {
      return yield* new Problem({
        code: ExitCode.failed,
        message: `${render.number(found)} records are not the same in ${first.name} and ${second.name}.`
      })
    }
  }).pipe(Effect.scoped))
