import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { DocumentFields } from "./documentFields.js"
import * as documentFields from "./documentFields.js"
import * as documentRecords from "./documentRecords.js"
import type { StoredRecord } from "./namespaceView.js"
import * as problem from "./problem.js"
import type { RecordSet, Write } from "./recordSet.js"
import type { StoreError } from "./storeError.js"

// Records become documents where they are, in a copy of their set: a document is stored as a record is, and what is to be done
// twice ends as what is done once.

type Model = Omit<IndexModel.IndexModel, "host">

/** Why an index cannot be converted to these fields: no vector is made anew. */
export const problemOf = (source: Model, fields: DocumentFields): string | undefined => {
  const { dense, embed, sparseEmbed } = fields
  if (dense !== undefined && dense.dimension !== source.dimension) {
    return `Schema field '${dense.name}' has the dimension ${dense.dimension}, and the index ${source.name} has ${
      source.dimension ?? "no dense vectors"
    }`
  }
  const other = [embed, sparseEmbed].find((embedded) =>
    embedded !== undefined &&
    (embedded.model !== source.embed?.model || embedded.dimension !== source.dimension)
  )
  return other === undefined
    ? undefined
    : `Schema field '${other.name}' is embedded by ${other.model}, which has not made the vectors of the index ${source.name}`
}

/** A record as a document, or why it can be none. */
const converted = (fields: DocumentFields, record: StoredRecord): StoredRecord | string => {
  const read = documentRecords.read(fields, { ...record.metadata })
  if (typeof read === "string") return read
  const { dense, embed, sparse, sparseEmbed } = fields
  if (embed !== undefined && read.toEmbed === undefined) return `field '${embed.name}' is missing`
  const values = dense === undefined && embed === undefined ? undefined : record.values
  const sparseValues = sparse === undefined && sparseEmbed === undefined ? undefined : record.sparseValues
  if (values === undefined && sparseValues === undefined && !documentRecords.hasField(fields, { ...record.metadata })) {
    return "it has none of the schema's fields"
  }
  const document = { id: record.id, values, sparseValues, metadata: read.metadata }
  return documentRecords.sizeProblem(fields, document) ?? document
}

const isSame = (record: StoredRecord, document: StoredRecord): boolean =>
  record.values === document.values && record.sparseValues === document.sparseValues &&
  Object.keys(record.metadata ?? {}).length === Object.keys(document.metadata ?? {}).length

export interface Progress {
  readonly converted: number
  readonly skipped: number
}

export interface Options {
  readonly set: RecordSet
  readonly fields: DocumentFields
  /** Whether a record that cannot be a document ends it. */
  readonly aborts: boolean
  readonly report: (progress: Progress) => void
}

const stored = <A>(effect: Effect.Effect<A, StoreError>) => Effect.mapError(effect, problem.fromStore)

/** Makes documents of all records of a set. */
export const run = ({ aborts, fields, report, set }: Options): Effect.Effect<Progress, problem.Problem> =>
  Effect.gen(function*() {
    let lsn = yield* stored(set.lsn)
    let progress: Progress = { converted: 0, skipped: 0 }

    const chunk = (namespace: string, records: ReadonlyArray<StoredRecord>) =>
      Effect.gen(function*() {
        const upserts: Array<StoredRecord> = []
        const deletes: Array<string> = []
        for (const record of records) {
          const document = converted(fields, record)
          if (typeof document === "string") {
            if (aborts) return yield* problem.badRequest(`Record "${record.id}" of "${namespace}": ${document}`)
            deletes.push(record.id)
          } else if (!isSame(record, document)) upserts.push(document)
        }
        if (deletes.length > 0 || upserts.length > 0) {
          const write: Write = { namespace, lsn: ++lsn, deletes, upserts }
          const [outcome] = yield* set.write([write])
          yield* stored(outcome!)
        }
        progress = {
          converted: progress.converted + records.length - deletes.length,
          skipped: progress.skipped + deletes.length
        }
        report(progress)
        yield* Effect.yieldNow()
      })

    for (const { name } of yield* stored(set.namespaces)) {
      yield* Stream.runForEach(
        Stream.mapError(set.records(name), problem.fromStore),
        (records) => chunk(name, records)
      )
    }
    return progress
  })

/** Leaves nothing of what was to be converted. */
export const empty = (set: RecordSet): Effect.Effect<void, problem.Problem> =>
  Effect.gen(function*() {
    let lsn = yield* stored(set.lsn)
    for (const { name: namespace } of yield* stored(set.namespaces)) {
      const [outcome] = yield* set.write([{ namespace, lsn: ++lsn, drop: true }])
      yield* stored(outcome!)
    }
    yield* stored(set.sweep)
  })

export const fieldsOf = documentFields.make
