/**
 * The bodies of the requests that write documents: each document is checked and encoded in one walk, the 32-bit floats of its
 * vectors as their shortest decimals.
 *
 * ```ts
 * import * as DocumentBody from "@effect-pinecone/schema/DocumentBody"
 * import * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 *
 * const body = DocumentBody.upsert([{ _id: "a", title: "Why lighthouses blink" }], {
 *   target: {},
 *   layout: DocumentFields.layout({ title: IndexSchema.text() }),
 *   encodeMetadata: (metadata) => metadata
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as DocumentFields from "./DocumentFields.js"
import * as Input from "./Input.js"
import { BodyBuilder, type Sizes } from "./internal/bodyBuilder.js"
import type { Writing } from "./internal/documentWriter.js"
import {
  DocumentWriter,
  idOf,
  removalProblem,
  writeChanges,
  writeDocument,
  writeUpdate
} from "./internal/documentWriter.js"
import { namespaceProblem, place } from "./internal/recordWriter.js"
import * as Limits from "./Limits.js"
import type { BodyError, EncodeMetadata, Target } from "./RequestBody.js"

/**
 * How documents are written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly target: Target
  readonly layout: DocumentFields.Layout
  /** Turns what is beside the fields into what is stored; for an update, a part of it. */
  readonly encodeMetadata: EncodeMetadata<object>
}

/**
 * How documents are written, and how large a body may be.
 *
 * @since 0.1.0
 * @category models
 */
export interface BuilderOptions extends Options {
  /** The most documents in a body. */
  readonly maxRecords: number
  /** The most bytes of a body: up to 2,000,000. */
  readonly maxBytes: number
}

/**
 * The change of one document.
 *
 * @since 0.1.0
 * @category models
 */
export interface Update {
  readonly _id: string
  readonly setFields?: object | undefined
  readonly removeFields?: ReadonlyArray<string> | undefined
}

const bytesOf = (ascii: string): Uint8Array => Uint8Array.from(ascii, (character) => character.charCodeAt(0))

const prefix = bytesOf("{\"documents\":[")
const separator = bytesOf(",")
const suffix = bytesOf("]}")

class DocumentsBuilder<Item> extends BodyBuilder<Item, DocumentWriter> {
  constructor(
    operation: string,
    { encodeMetadata, layout, target }: Options,
    sizes: Sizes,
    write: (writer: DocumentWriter, item: unknown, position: number, by: Writing) => BodyError | number
  ) {
    const at = place(operation, target)
    const by = { at, layout, encodeMetadata }
    super({
      at,
      problem: namespaceProblem(at, target),
      into: (memory) => new DocumentWriter(memory),
      prefix,
      separator,
      suffix,
      write: (writer, item, position) => write(writer, item, position, by),
      idOf
    }, sizes)
  }
}

/**
 * Collects documents into the bodies of upserts. It changes with each document: it belongs to the one who fills it.
 *
 * @since 0.1.0
 * @category models
 */
export class Builder extends DocumentsBuilder<object> {
  constructor(options: BuilderOptions) {
    super("upsert_documents", options, options, writeDocument)
  }
}

/**
 * Collects changes of documents into the bodies of updates.
 *
 * @since 0.1.0
 * @category models
 */
export class UpdateBuilder extends DocumentsBuilder<Update> {
  constructor(options: BuilderOptions) {
    super("update_documents", options, options, writeUpdate)
  }
}

/** The body of all items, if they fit into one. */
const inOne = <Item>(
  operation: string,
  items: ReadonlyArray<Item>,
  { layout, target }: Options,
  builderOf: (sizes: Sizes) => DocumentsBuilder<Item>
): Either.Either<Uint8Array, BodyError> => {
  const at = place(operation, target)
  const all = Input.attempt(at, "documents", () => Array.from(items))
  if (!Input.isArray(all)) return Either.left(all)
  if (all.length === 0) return Either.left(Input.invalid(at, "documents", "must have at least one document"))
  const tooMany = Limits.check(layout.maxDocuments, "documents.length", all.length, at)
  if (tooMany !== undefined) return Either.left(tooMany)
  const builder = builderOf({ maxRecords: all.length, maxBytes: Limits.limits.requestBytes })
  // What has become a body already, where all do not fit into one.
  let full = 0
  for (const item of all) {
    const added = builder.add(item)
    if (added === undefined) continue
    if ("_tag" in added) return Either.left(added)
    full += added.bytes.length
  }
  const { bytes } = builder.take()
  return full === 0
    ? Either.right(bytes)
    : Either.left(Limits.exceeded("requestBytes", "the size of the documents", full + bytes.length, at))
}

/**
 * The body of an upsert (`UpsertDocumentsRequest`): 1 to 1,000 documents (96 where the index embeds a field by itself) of 2 MB
 * at most.
 *
 * @since 0.1.0
 * @category encoding
 */
export const upsert = (documents: ReadonlyArray<object>, options: Options): Effect.Effect<Uint8Array, BodyError> =>
  inOne("upsert_documents", documents, options, (sizes) => new Builder({ ...options, ...sizes }))

/**
 * The body of an update of documents by their ids (`UpdateDocumentsRequest`), as many as an upsert takes.
 *
 * @since 0.1.0
 * @category encoding
 */
export const update = (updates: ReadonlyArray<Update>, options: Options): Effect.Effect<Uint8Array, BodyError> =>
  inOne("update_documents", updates, options, (sizes) => new UpdateBuilder({ ...options, ...sizes }))

/**
 * The body of an update of all documents that match a filter, which is checked already.
 *
 * @since 0.1.0
 * @category encoding
 */
export const updateByFilter = (
  { filter, removeFields = [], setFields = {} }: {
    readonly filter: object
    readonly setFields?: object | undefined
    readonly removeFields?: ReadonlyArray<string> | undefined
  },
  { encodeMetadata, layout, target }: Options
): Effect.Effect<Uint8Array, BodyError> => {
  const at = place("update_documents", target)
  const written = Input.attempt(at, "setFields", (): Uint8Array | BodyError => {
    if (!Input.isObject(setFields)) return Input.mismatch(at, "setFields", "an object", setFields)
    for (const [name, { scoredBy }] of layout.fields) {
      if (setFields[name] !== undefined && (scoredBy.has("embed") || scoredBy.has("sparse_embed"))) {
        return Input.invalid(at, `setFields.${name}`, "is embedded by the index: change it by the ids of the documents")
      }
    }
    const wrong = removalProblem(removeFields, setFields, layout, at)
    if (wrong !== undefined) return wrong
    const writer = new DocumentWriter(256)
    writer.raw(bytesOf("{\"filter\":"))
    writer.json(filter)
    writer.raw(bytesOf(",\"set_fields\":"))
    const before = writer.length
    const changes = writeChanges(writer, setFields, { at, layout, encodeMetadata })
    if (typeof changes !== "number") return changes
    if (changes + removeFields.length === 0) {
      return Input.invalid(at, "setFields", "an update must set or remove at least one field")
    }
    if (changes === 0) writer.truncate(before - ",\"set_fields\":".length)
    if (removeFields.length > 0) {
      writer.raw(bytesOf(",\"remove_fields\":"))
      writer.json(removeFields)
    }
    writer.raw(bytesOf("}"))
    return Limits.check("requestBytes", "the size of the update", writer.length, at) ?? writer.bytes()
  })
  return written instanceof Uint8Array ? Either.right(written) : Either.left(written)
}
