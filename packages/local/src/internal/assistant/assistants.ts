import type * as Assistant from "@effect-pinecone/schema/Assistant"
import type { OperationStatus, OperationType } from "@effect-pinecone/schema/AssistantFile"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as Multipart from "@effect/platform/Multipart"
import * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Embedded } from "../../LocalModels.js"
import type { Dataset } from "../dataset.js"
import * as dataset from "../dataset.js"
import type { Documents, Staged } from "../documents.js"
import * as stored from "../documents.js"
import type { Metadata } from "../filter.js"
import * as filters from "../filter.js"
import { InstalledModelsTag } from "../installedModels.js"
import * as problem from "../problem.js"
import { now, uuid } from "../project.js"
import { StoreTag } from "../store.js"
import type { Chunk } from "./chunks.js"
import { chunks } from "./chunks.js"
import type { Kind } from "./documents.js"
import type { Embedding } from "./embedding.js"
import * as embeddings from "./embedding.js"
import type { Hit } from "./search.js"
import * as search from "./search.js"
import { checkSize, receive } from "./uploads.js"

/** An assistant as it is kept. */
export interface AssistantDocument {
  readonly id: string
  readonly name: string
  readonly instructions?: string | undefined
  readonly metadata?: Metadata | undefined
  readonly region: Assistant.Region
  readonly createdAt: string
  readonly updatedAt: string
}

/** A file as it is kept. */
export interface FileDocument {
  readonly id: string
  readonly name: string
  readonly kind: Kind
  /** In bytes. */
  readonly size: number
  readonly metadata?: Metadata | undefined
  readonly createdOn: string
  readonly updatedOn: string
  readonly status: "Processing" | "Available" | "Deleting" | "ProcessingFailed"
  /** The upload that is the file's newest: its bytes have this name. */
  readonly revision: string
  /** The upload whose chunks are found: while a newer one is being read, the one before it. */
  readonly found?: FoundRevision | undefined
  /** The operation that is under way. */
  readonly operation: string
}

interface ObsoleteRevision {
  readonly revision: string
}

interface FoundRevision {
  readonly revision: string
  readonly kind: Kind
}

/** An operation as it is kept. */
export interface OperationDocument {
  readonly id: string
  readonly type: OperationType
  readonly fileId: string
  readonly status: OperationStatus
  readonly createdOn: string
  readonly completedOn?: string | undefined
  readonly percentComplete: number
  readonly errorMessage?: string | undefined
}

/** What was found for a question, and the files that it is of, by their revisions. */
export interface Findings {
  readonly question: Embedded
  readonly hits: ReadonlyArray<Hit>
  readonly files: ReadonlyMap<string, FileDocument>
}

/** The assistants of the server's one project. */
export interface Assistants {
  /** Where they are reached. */
  readonly host: Effect.Effect<string>
  readonly embedding: Embedding
  readonly all: Effect.Effect<ReadonlyArray<AssistantDocument>>
  readonly create: (
    request: Assistant.CreateAssistantRequest
  ) => Effect.Effect<AssistantDocument, problem.Problem>
  readonly describe: (name: string) => Effect.Effect<AssistantDocument, problem.Problem>
  readonly update: (
    name: string,
    change: Assistant.UpdateAssistantRequest
  ) => Effect.Effect<AssistantDocument, problem.Problem>
  readonly remove: (name: string) => Effect.Effect<void, problem.Problem>
  /** In the order in which they were first uploaded. */
  readonly files: (name: string, filter?: unknown) => Effect.Effect<ReadonlyArray<FileDocument>, problem.Problem>
  readonly file: (name: string, id: string) => Effect.Effect<FileDocument, problem.Problem>
  /** Takes a file in, and reads it in the background. With an id it is put in the place of the file that has it. */
  readonly upload: (
    name: string,
    id: string | undefined,
    parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>,
    options: {
      readonly metadata: Metadata | undefined
      /** Whether the pictures are to be looked at: that is for PDF files only. */
      readonly multimodal: boolean
    }
  ) => Effect.Effect<Started, problem.Problem>
  /** Nothing is under way after a file was removed that could not be read. */
  readonly removeFile: (name: string, id: string) => Effect.Effect<OperationDocument | undefined, problem.Problem>
  /** The bytes of a file. */
  readonly pathOf: (name: string, file: FileDocument) => Effect.Effect<string, problem.Problem>
  /** The newest first. */
  readonly operations: (name: string) => Effect.Effect<ReadonlyArray<OperationDocument>, problem.Problem>
  readonly operation: (name: string, id: string) => Effect.Effect<OperationDocument, problem.Problem>
  readonly search: (name: string, question: string, filter?: unknown) => Effect.Effect<Findings, problem.Problem>
}

export interface Started {
  readonly file: FileDocument
  readonly operation: OperationDocument
}

export class AssistantsTag
  extends Context.Tag("@effect-pinecone/local/internal/Assistants")<AssistantsTag, Assistants>()
{}

export interface AssistantsOptions {
  /** The folder of the server's data, or none for what goes with the server. */
  readonly folder: string | undefined
  readonly host: Effect.Effect<string>
}

interface Live {
  document: AssistantDocument
  readonly data: Dataset
  readonly scope: Scope.CloseableScope
  /** What reads or removes a file, by its id. */
  readonly jobs: FiberMap.FiberMap<string>
  readonly files: Documents<FileDocument>
  readonly operations: Documents<OperationDocument>
  /** The uploads whose bytes and chunks are of no use any more, and are not removed yet. */
  readonly obsolete: Documents<ObsoleteRevision>
  /** How far the operations are that are under way: not kept. */
  readonly progress: Map<string, number>
  /** Files change one after the other. */
  readonly changing: Effect.Semaphore
}

const fromDisk = (error: PlatformError): problem.Problem => problem.internal(`A file cannot be kept: ${error.message}`)

/** The set of records that an assistant's chunks are in. */
const setOf = (id: string): string => `assistant-${id}`

/** What is received has this behind its name until it is whole. */
const partial = ".part"

/** An upload that was cut off. What only ends like one may be somebody else's. */
const isPartial = (name: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/.test(name)

/** The assistants whose removal was committed: a crash may have left their files behind. */
const removedKind = "assistant-removed"

/** So many chunks are embedded and stored together. */
const batchSize = 16

/** So many files are read at the same time. */
const readers = 2

/** Operations that have come to their end are kept for this long. */
const retention = Duration.days(30)

const checkName = (name: string): Effect.Effect<void, problem.Problem> =>
  // Pinecone's text asks for lower case, but capitals are accepted.
  name.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name)
    ? Effect.void
    : problem.badRequest(
      `Name must consist of lower case alphanumeric characters or '-', start and end with an alphanumeric character, and have 1 to 63 characters, got '${
        name.slice(0, 100)
      }'`
    )

const notFound = (name: string) => problem.notFound(`Assistant "${name}" not found.`)

const checkFileId = (id: string): Effect.Effect<void, problem.Problem> =>
  /^[A-Za-z0-9_-]{1,128}$/.test(id) ? Effect.void : problem.badRequest(
    "A file id must have 1 to 128 characters, and only alphanumeric ones, hyphens and underscores"
  )

const checkTexts = (
  { instructions, metadata }: {
    readonly instructions?: string | null | undefined
    readonly metadata?: Metadata | null | undefined
  }
): Effect.Effect<void, problem.Problem> =>
  Effect.andThen(
    checkSize("Instructions", instructions ?? ""),
    checkSize("Metadata", JSON.stringify(metadata ?? {}))
  )

/** The files whose metadata a filter matches. */
const matching = (
  { files }: Live,
  filter: unknown
): Effect.Effect<ReadonlyArray<FileDocument>, problem.Problem> => {
  const predicate = filters.compile(filter ?? {})
  return predicate instanceof filters.FilterProblem
    ? problem.badRequest(`Invalid filter: ${predicate.message}`)
    : Effect.map(files.all, (all) => all.filter(({ metadata }) => predicate(metadata)))
}

const isUnderWay = ({ status }: OperationDocument): boolean => status === "Processing"

export const make = Effect.fnUntraced(function*(
  options: AssistantsOptions
): Effect.fn.Return<
  Assistants,
  problem.Problem,
  StoreTag | InstalledModelsTag | FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  const installed = yield* InstalledModelsTag
  const embedding = embeddings.make(installed)
  const store = yield* StoreTag
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const parent = yield* Effect.scope
  const assistants = new Map<string, Live>()
  const changing = yield* Effect.makeSemaphore(1)
  const reading = yield* Effect.makeSemaphore(readers)

  const folder = yield* Effect.mapError(
    options.folder === undefined
      ? fs.makeTempDirectoryScoped({ prefix: "pinecone-local-files-" })
      : Effect.succeed(path.join(options.folder, "files")),
    fromDisk
  )
  const folderOf = ({ id }: AssistantDocument) => path.join(folder, id)
  const bytesOf = (live: Live, revision: string) => path.join(folderOf(live.document), revision)

  /** Several changes in one commit. */
  const commit = (staged: ReadonlyArray<Staged>): Effect.Effect<void, problem.Problem> =>
    Effect.map(
      Effect.mapError(store.documents.commit(staged.map(({ change }) => change)), problem.fromStore),
      () => {
        for (const { apply } of staged) apply()
      }
    )

  // ---------------------------------------------------------------------------
  // Operations
  // ---------------------------------------------------------------------------

  const begin = (live: Live, type: OperationType, fileId: string) =>
    Effect.gen(function*() {
      const since = (yield* Clock.currentTimeMillis) - Duration.toMillis(retention)
      for (const { completedOn, id } of yield* live.operations.all) {
        if (completedOn !== undefined && Date.parse(completedOn) < since) yield* live.operations.remove(id)
      }
      const operation: OperationDocument = {
        id: `op-${yield* uuid}`,
        type,
        fileId,
        status: "Processing",
        createdOn: (yield* now).toISOString(),
        percentComplete: 0
      }
      yield* live.operations.put(operation)
      return operation
    })

  const end = (live: Live, id: string, outcome: Pick<OperationDocument, "status" | "errorMessage">) =>
    Effect.gen(function*() {
      const operation = live.operations.get(id)
      if (operation === undefined || !isUnderWay(operation)) return
      yield* live.operations.put({
        ...operation,
        ...outcome,
        percentComplete: outcome.status === "Completed" ? 100 : live.progress.get(id) ?? 0,
        completedOn: (yield* now).toISOString()
      })
      live.progress.delete(id)
    })

  const shown = ({ progress }: Live) => (operation: OperationDocument): OperationDocument => ({
    ...operation,
    percentComplete: progress.get(operation.id) ?? operation.percentComplete
  })

  // ---------------------------------------------------------------------------
  // Files
  // ---------------------------------------------------------------------------

  const removeRevision = (live: Live, revision: string) =>
    live.data.removeMatching(search.namespace, search.ofRevision(revision)).pipe(
      Effect.andThen(Effect.mapError(fs.remove(bytesOf(live, revision), { force: true }), fromDisk)),
      Effect.andThen(
        Effect.suspend(() => live.obsolete.get(revision) === undefined ? Effect.void : live.obsolete.remove(revision))
      )
    )

  /** Removes what a commit has made obsolete. What fails is tried again at the next start. */
  const removeObsolete = (live: Live, revisions: ReadonlyArray<string>): Effect.Effect<void> =>
    Effect.forEach(revisions, (revision) =>
      Effect.catchAll(
        removeRevision(live, revision),
        ({ message }) =>
          Effect.logWarning(
            `${bytesOf(live, revision)} could not be removed, which the next start tries again: ${message}`
          )
      ), { discard: true })

  const obsoleting = (live: Live, revisions: ReadonlyArray<string>): ReadonlyArray<Staged> =>
    revisions.map((revision) => live.obsolete.putting({ revision }))

  const removeRevisions = (live: Live, { found, revision }: FileDocument) =>
    Effect.andThen(
      removeRevision(live, revision),
      found === undefined || found.revision === revision ? Effect.void : removeRevision(live, found.revision)
    )

  /** Reads a file into chunks. */
  const read = (live: Live, file: FileDocument) =>
    Effect.gen(function*() {
      const document = yield* installed.readDocument(file.kind, bytesOf(live, file.revision))
      const length = Math.max(1, document.text.length)
      let batch: Array<Chunk> = []
      const write = Effect.suspend(() => {
        const written = batch
        batch = []
        return Effect.flatMap(
          search.records(embedding, file.revision, written),
          (records) => live.data.upsert(search.namespace, records)
        )
      })
      for (const chunk of chunks(document, file.kind)) {
        batch.push(chunk)
        if (batch.length < batchSize) continue
        yield* write
        live.progress.set(file.operation, Math.min(99, Math.floor((100 * chunk.to) / length)))
        yield* Effect.yieldNow()
      }
      if (batch.length > 0) yield* write
    })

  /** Reads a file, and says how it went. Who interrupts it sees to what is left of it. */
  const ingest = (live: Live, file: FileDocument): Effect.Effect<void> =>
    Effect.gen(function*() {
      // What an earlier run of the server has left behind.
      yield* live.data.removeMatching(search.namespace, search.ofRevision(file.revision))
      const exit = yield* Effect.exit(reading.withPermits(1)(read(live, file)))
      if (Exit.isInterrupted(exit)) return yield* Effect.interrupt
      const updatedOn = (yield* now).toISOString()
      const before = file.found === undefined ? [] : [file.found.revision]
      yield* Effect.uninterruptible(Effect.gen(function*() {
        if (Exit.isSuccess(exit)) {
          const { kind, revision } = file
          const available: FileDocument = { ...file, status: "Available", updatedOn, found: { kind, revision } }
          yield* commit([live.files.putting(available), ...obsoleting(live, before)])
          yield* end(live, file.operation, { status: "Completed" })
          yield* removeObsolete(live, before)
          return
        }
        const failure = Cause.failureOption(exit.cause)
        if (Option.isNone(failure)) yield* Effect.logError("A file could not be processed", exit.cause)
        const failed: FileDocument = { ...file, status: "ProcessingFailed", updatedOn, found: undefined }
        yield* commit([live.files.putting(failed), ...obsoleting(live, before)])
        yield* end(live, file.operation, {
          status: "Failed",
          errorMessage: Option.isSome(failure) ? failure.value.message : "The file could not be processed."
        })
        yield* live.data.removeMatching(search.namespace, search.ofRevision(file.revision))
        yield* removeObsolete(live, before)
      }))
    }).pipe(Effect.catchAll((error) => Effect.logError("The state of a file could not be kept", error)))

  const deleteFile = (live: Live, file: FileDocument): Effect.Effect<void> =>
    removeRevisions(live, file).pipe(
      Effect.andThen(live.files.remove(file.id)),
      Effect.andThen(end(live, file.operation, { status: "Completed" })),
      Effect.uninterruptible,
      Effect.catchAll((error) => end(live, file.operation, { status: "Failed", errorMessage: error.message })),
      Effect.catchAll((error) => Effect.logError("The state of a file could not be kept", error))
    )

  const run = (live: Live, file: FileDocument) =>
    FiberMap.run(
      live.jobs,
      file.id,
      // It is begun where nothing can be interrupted.
      Effect.interruptible(file.status === "Deleting" ? deleteFile(live, file) : ingest(live, file))
    )

  /** Goes on with a file that an earlier server has not read to its end, unless nothing here can read it. */
  const resume = (live: Live, file: FileDocument): Effect.Effect<void> =>
    Effect.matchEffect(installed.check, {
      onFailure: ({ message }) =>
        Effect.logWarning(
          `The file "${file.name}" of the assistant "${live.document.name}" is not processed. ${message}`
        ),
      onSuccess: () => Effect.asVoid(run(live, file))
    })

  /** Ends what is under way with a file, before something else is begun with it, which sees to what is left of it. */
  const interrupt = (live: Live, id: string, why: string) =>
    Effect.gen(function*() {
      yield* FiberMap.remove(live.jobs, id)
      const file = live.files.get(id)
      if (file?.status === "Deleting") return yield* deleteFile(live, file)
      if (file?.status === "Processing") yield* end(live, file.operation, { status: "Failed", errorMessage: why })
    })

  // ---------------------------------------------------------------------------
  // Assistants
  // ---------------------------------------------------------------------------

  /** Finishes what the end of an earlier server has interrupted. Whatever else is in the folder is not ours to remove. */
  const tidy = (live: Live): Effect.Effect<void, problem.Problem> =>
    Effect.gen(function*() {
      yield* removeObsolete(live, (yield* live.obsolete.all).map(({ revision }) => revision))
      const known = new Set([
        ...(yield* live.files.all).flatMap(({ found, revision }) => [revision, found?.revision]),
        // What could not be removed has been named.
        ...(yield* live.obsolete.all).map(({ revision }) => revision)
      ])
      const unknown: Array<string> = []
      for (const name of yield* Effect.mapError(fs.readDirectory(folderOf(live.document)), fromDisk)) {
        if (isPartial(name)) {
          yield* Effect.mapError(fs.remove(bytesOf(live, name), { force: true }), fromDisk)
        } else if (!known.has(name)) unknown.push(name)
      }
      if (unknown.length === 0) return
      const shown = unknown.slice(0, 10).join(", ")
      yield* Effect.logWarning(
        `${folderOf(live.document)} has files that the assistant "${live.document.name}" does not know: ${shown}${
          unknown.length > 10 ? ` and ${unknown.length - 10} more` : ""
        }. They are kept.`
      )
    })

  const open = (document: AssistantDocument): Effect.Effect<Live, problem.Problem> =>
    Effect.gen(function*() {
      const scope = yield* Scope.fork(parent, ExecutionStrategy.sequential)
      const live = yield* Effect.gen(function*() {
        yield* Effect.mapError(fs.makeDirectory(folderOf(document), { recursive: true, mode: 0o700 }), fromDisk)
        const set = yield* Effect.mapError(store.open(setOf(document.id)), problem.fromStore)
        const data = yield* dataset.make(set, { metric: "dotproduct", dimension: embedding.dimension }, {
          name: `the assistant "${document.name}"`,
          file: store.fileOf(setOf(document.id))
        }).pipe(Effect.mapError(problem.fromStore))
        const files = yield* stored.open<FileDocument>(store, `assistant-file:${document.id}`, ({ id }) => id)
        const operations = yield* stored.open<OperationDocument>(
          store,
          `assistant-operation:${document.id}`,
          ({ id }) => id
        )
        const obsolete = yield* stored.open<ObsoleteRevision>(
          store,
          `assistant-removed-file:${document.id}`,
          ({ revision }) => revision
        )
        const jobs = yield* FiberMap.make<string>()
        const changing = yield* Effect.makeSemaphore(1)
        const progress = new Map<string, number>()
        return { document, data, scope, jobs, files, operations, obsolete, changing, progress }
      }).pipe(
        Scope.extend(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      assistants.set(document.name, live)
      yield* tidy(live)
      for (const file of yield* live.files.all) {
        if (file.status === "Deleting") yield* run(live, file)
        if (file.status === "Processing") yield* resume(live, file)
      }
      return live
    })

  const kept = yield* stored.open<AssistantDocument>(store, "assistant", ({ id }) => id)
  for (const set of yield* Effect.mapError(store.sets, problem.fromStore)) {
    const id = /^assistant-(.*)$/.exec(set)?.[1]
    if (id !== undefined && kept.get(id) === undefined) {
      yield* Effect.logWarning(`${store.fileOf(set)} is of an assistant that the registry does not know. It is kept.`)
    }
  }
  yield* Effect.mapError(fs.makeDirectory(folder, { recursive: true, mode: 0o700 }), fromDisk)
  const removeFolder = (id: string): Effect.Effect<void, problem.Problem> =>
    Effect.andThen(
      Effect.mapError(fs.remove(path.join(folder, id), { recursive: true, force: true }), fromDisk),
      Effect.mapError(store.documents.remove(removedKind, id), problem.fromStore)
    )
  for (const { id } of yield* Effect.mapError(store.documents.all(removedKind), problem.fromStore)) {
    yield* Effect.catchAll(
      removeFolder(id),
      ({ message }) =>
        Effect.logWarning(`${path.join(folder, id)} could not be removed, which the next start tries again: ${message}`)
    )
  }
  for (const name of yield* Effect.mapError(fs.readDirectory(folder), fromDisk)) {
    if (kept.get(name) !== undefined) continue
    yield* Effect.logWarning(
      `${path.join(folder, name)} has the files of an assistant that the registry does not know. It is kept.`
    )
  }
  /** Those whose data cannot be read. */
  const broken = new Map<string, { readonly document: AssistantDocument; readonly reason: problem.Problem }>()
  for (const document of yield* kept.all) {
    yield* Effect.catchAll(open(document), (error) => {
      const reason = problem.internal(
        `The data of the assistant "${document.name}" cannot be read: ${error.message} ` +
          `Its file is ${store.fileOf(setOf(document.id))}; nothing of it is deleted.`
      )
      broken.set(document.name, { document, reason })
      return Effect.logError(reason.message)
    })
  }

  const liveOf = (name: string): Effect.Effect<Live, problem.Problem> =>
    Effect.suspend(() => {
      const found = assistants.get(name)
      return found === undefined ? broken.get(name)?.reason ?? notFound(name) : Effect.succeed(found)
    })

  const fileOf = (live: Live, id: string): Effect.Effect<FileDocument, problem.Problem> =>
    Effect.suspend(() => {
      const found = live.files.get(id)
      return found === undefined
        ? problem.notFound(`File with id ${id} not found in provided assistant`)
        : Effect.succeed(found)
    })

  return {
    host: options.host,
    embedding,
    all: Effect.sync(() => [...assistants.values(), ...broken.values()].map(({ document }) => document)),
    describe: (name) =>
      Effect.suspend(() => {
        const unreadable = broken.get(name)
        return unreadable === undefined
          ? Effect.map(liveOf(name), ({ document }) => document)
          : Effect.succeed(unreadable.document)
      }),
    create: (request) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        yield* checkName(request.name)
        yield* checkTexts(request)
        yield* installed.check
        if (assistants.has(request.name) || broken.has(request.name)) {
          return yield* problem.alreadyExists(`Assistant "${request.name}" already exists.`)
        }
        const createdAt = (yield* now).toISOString()
        const document: AssistantDocument = {
          id: yield* uuid,
          name: request.name,
          instructions: request.instructions,
          metadata: request.metadata,
          region: request.region ?? "us",
          createdAt,
          updatedAt: createdAt
        }
        const staged = kept.putting(document)
        yield* Effect.mapError(
          store.create(setOf(document.id), { assistant: document }, [staged.change]),
          problem.fromStore
        )
        staged.apply()
        yield* open(document)
        return document
      }))),
    update: (name, change) =>
      changing.withPermits(1)(Effect.gen(function*() {
        const live = yield* liveOf(name)
        yield* checkTexts(change)
        const document: AssistantDocument = {
          ...live.document,
          instructions: change.instructions === undefined
            ? live.document.instructions
            : change.instructions ?? undefined,
          metadata: change.metadata === undefined ? live.document.metadata : change.metadata ?? undefined,
          updatedAt: (yield* now).toISOString()
        }
        yield* kept.put(document)
        live.document = document
        return document
      })),
    remove: (name) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = yield* liveOf(name)
        const { document } = live
        assistants.delete(name)
        yield* Scope.close(live.scope, Exit.void)
        const staged = kept.removing(document.id)
        yield* Effect.mapError(
          store.remove(setOf(document.id), [
            staged.change,
            { removeAll: { kind: `assistant-file:${document.id}` } },
            { removeAll: { kind: `assistant-operation:${document.id}` } },
            { removeAll: { kind: `assistant-removed-file:${document.id}` } },
            { put: { kind: removedKind, id: document.id, document: {} } }
          ]),
          problem.fromStore
        )
        staged.apply()
        yield* removeFolder(document.id)
      }))),
    files: (name, filter) => Effect.flatMap(liveOf(name), (live) => matching(live, filter)),
    file: (name, id) => Effect.flatMap(liveOf(name), (live) => fileOf(live, id)),
    upload: (name, id, parts, { metadata, multimodal }) =>
      Effect.gen(function*() {
        const live = yield* liveOf(name)
        if (id !== undefined) yield* checkFileId(id)
        yield* installed.check
        const revision = yield* uuid
        const bytes = bytesOf(live, revision)
        const part = `${bytes}${partial}`
        return yield* receive(fs, parts, part, multimodal).pipe(
          Effect.flatMap((upload) =>
            live.changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
              // It may be gone since the upload began.
              if (assistants.get(name) !== live) return yield* notFound(name)
              const fileId = id ?? (yield* uuid)
              yield* interrupt(live, fileId, "A newer upload of the file has taken its place.")
              const before = live.files.get(fileId)
              const operation = yield* begin(live, id === undefined ? "upload_file" : "upsert_file", fileId)
              const updatedOn = operation.createdOn
              const file: FileDocument = {
                id: fileId,
                name: upload.name,
                kind: upload.kind,
                size: upload.size,
                metadata: upload.metadata ?? metadata,
                createdOn: before?.createdOn ?? updatedOn,
                updatedOn,
                status: "Processing",
                revision,
                found: before?.found,
                operation: operation.id
              }
              // One that failed, or was not read to its end, has nothing that is found.
              const replaced = before === undefined || before.revision === before.found?.revision
                ? []
                : [before.revision]
              // Until a file has it, it is one to be removed.
              yield* live.obsolete.put({ revision }).pipe(
                Effect.andThen(Effect.mapError(fs.rename(part, bytes), fromDisk)),
                Effect.andThen(commit([
                  live.files.putting(file),
                  live.obsolete.removing(revision),
                  ...obsoleting(live, replaced)
                ])),
                Effect.tapError(({ message }) =>
                  Effect.andThen(
                    Effect.ignore(end(live, operation.id, { status: "Failed", errorMessage: message })),
                    removeObsolete(live, [revision])
                  )
                )
              )
              yield* removeObsolete(live, replaced)
              yield* run(live, file)
              return { file, operation }
            })))
          ),
          Effect.onError(() => Effect.ignore(fs.remove(part, { force: true })))
        )
      }),
    removeFile: (name, id) =>
      Effect.flatMap(
        liveOf(name),
        (live) =>
          live.changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
            const file = yield* fileOf(live, id)
            if (file.status === "Deleting") return live.operations.get(file.operation)
            if (file.status === "ProcessingFailed") {
              yield* commit([live.files.removing(id), ...obsoleting(live, [file.revision])])
              yield* removeObsolete(live, [file.revision])
              return undefined
            }
            yield* interrupt(live, id, "The file was deleted.")
            const operation = yield* begin(live, "delete_file", id)
            const deleting: FileDocument = { ...file, status: "Deleting", operation: operation.id }
            yield* live.files.put(deleting)
            yield* run(live, deleting)
            return operation
          })))
      ),
    pathOf: (name, file) => Effect.map(liveOf(name), (live) => bytesOf(live, file.revision)),
    operations: (name) =>
      Effect.flatMap(liveOf(name), (live) => Effect.map(live.operations.all, (all) => all.map(shown(live)).reverse())),
    operation: (name, id) =>
      Effect.flatMap(liveOf(name), (live) => {
        const found = live.operations.get(id)
        return found === undefined ? problem.notFound(`Operation ${id} not found.`) : Effect.succeed(shown(live)(found))
      }),
    search: (name, question, filter) =>
      Effect.gen(function*() {
        const live = yield* liveOf(name)
        const files = new Map<string, FileDocument>()
        for (const file of yield* matching(live, filter)) {
          if (file.found !== undefined && file.status !== "Deleting") files.set(file.found.revision, file)
        }
        const asked = yield* search.question(embedding, question)
        const hits = yield* search.search(live.data, embedding, { question: asked, revisions: new Set(files.keys()) })
        return { question: asked, hits, files }
      })
  }
})

/** The assistants of a server. */
export const layer = (
  options: AssistantsOptions
): Layer.Layer<AssistantsTag, problem.Problem, StoreTag | InstalledModelsTag | FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(AssistantsTag, make(options))
