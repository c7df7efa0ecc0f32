/**
 * Bulk imports: Parquet files in object storage that the index reads itself.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   return yield* index.importAll({ uri: "s3://bucket/movies/", errorMode: "continue" })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import * as Poll from "@effect-pinecone/http/Poll"
import * as Run from "@effect-pinecone/http/Run"
import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Check from "@effect-pinecone/schema/Check"
import * as Input from "@effect-pinecone/schema/Input"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { CallError, IndexAt, InputError } from "./IndexAt.js"
import type { PageOptions } from "./Reading.js"

/**
 * A page of imports.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportPage {
  readonly imports: ReadonlyArray<BulkImport.ImportModel>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * What to import: a folder of Parquet files in object storage.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportOptions {
  /** The folder: `s3://bucket/folder`; `file:///folder` on the embedded server. 1 to 1,500 characters. */
  readonly uri: string
  readonly integrationId?: string | undefined
  /**
   * Whether a record that cannot be imported ends the import or is left out.
   *
   * @default "continue"
   */
  readonly errorMode?: BulkImport.OnError | undefined
}

/**
 * How several imports run, and how to wait for them.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportAllOptions extends Poll.Options {
  /**
   * How many imports are under way at a time.
   *
   * @default 4
   */
  readonly concurrency?: number | undefined
  /**
   * Whether to cancel what is under way when the program is interrupted, the stream's consumer has enough, another import
   * fails, or the time is over. The end then waits for the answers to starts that were sent, no longer than a request may
   * take: only they name the imports to cancel.
   *
   * @default false: imports go on without the program
   */
  readonly cancelOnInterrupt?: boolean | undefined
}

/**
 * The imports of an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface BulkImports {
  /**
   * Starts to import the Parquet files of a folder in object storage, and returns the import's id (`start_import`). It is
   * retried only if the server did not process it.
   */
  readonly startImport: (options: ImportOptions) => Effect.Effect<string, InputError>
  /** An import and how far it is (`describe_import`). */
  readonly describeImport: (id: string) => Effect.Effect<BulkImport.ImportModel, CallError>
  /** A page of the imports (`list_imports`). */
  readonly listImports: (options?: PageOptions) => Effect.Effect<ImportPage, InputError>
  /** All imports, page by page. */
  readonly listImportsStream: (
    options?: Omit<PageOptions, "paginationToken">
  ) => Stream.Stream<BulkImport.ImportModel, InputError>
  /** Stops an import; what it has imported stays (`cancel_import`). */
  readonly cancelImport: (id: string) => Effect.Effect<void, CallError>
  /** An import again and again until it is completed; fails with `PineconeOperationFailed` if it fails or is cancelled. */
  readonly importProgress: (
    id: string,
    options?: Poll.Options
  ) => Stream.Stream<BulkImport.ImportModel, CallError | PineconeError.OperationFailed>
  /**
   * Waits until an import is completed; fails with `PineconeOperationFailed` if it fails or is cancelled. Like any write, its last
   * records may take a moment more until reads see them.
   */
  readonly waitForImport: (
    id: string,
    options?: Poll.Options
  ) => Effect.Effect<BulkImport.ImportModel, CallError | PineconeError.OperationFailed>
  /**
   * Starts imports and waits for their ends: the models of the completed imports, in order. The first failure ends it;
   * `timeout` is for each import, from its start.
   */
  readonly importAll: (
    imports: ImportOptions | ReadonlyArray<ImportOptions>,
    options?: ImportAllOptions
  ) => Effect.Effect<ReadonlyArray<BulkImport.ImportModel>, InputError | PineconeError.OperationFailed>
  /** The same, as each answer to how far an import is. */
  readonly importAllProgress: (
    imports: ImportOptions | ReadonlyArray<ImportOptions>,
    options?: ImportAllOptions
  ) => Stream.Stream<BulkImport.ImportModel, InputError | PineconeError.OperationFailed>
}

const defaultConcurrency = 4

const pollShape: Check.Shape<Poll.Options> = {
  optional: { schedule: Check.schedule, timeout: Check.duration }
}

const isOver = ({ status }: BulkImport.ImportModel): boolean =>
  status === "Completed" || status === "Failed" || status === "Cancelled"

/**
 * Runs to its end in a fiber of its own, so that interrupting who waits for it does not interrupt it. `uninterruptible` alone
 * would take the timeouts of its requests away too: they end a request by interrupting it. It ends with a value: a fiber
 * that ends with a failure logs it.
 */
const detached = <X, E>(effect: Effect.Effect<X, E>): Effect.Effect<Fiber.RuntimeFiber<Exit.Exit<X, E>>> =>
  Effect.forkDaemon(Effect.exit(Effect.interruptible(effect)))

/**
 * The imports of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (at: IndexAt): BulkImports => {
  const { index } = at
  const on = (operation: string) => ({ operation, index })

  const identified = (operation: string, id: string): Effect.Effect<void, CallError> =>
    Check.pass(Input.segment(on(operation), "id", id))

  const startImport: BulkImports["startImport"] = (options) =>
    Effect.gen(function*() {
      const place = on("start_import")
      const { errorMode = "continue", integrationId, uri } = yield* Check.read<ImportOptions>(place, options, {
        required: { uri: Check.text },
        optional: { integrationId: Check.text, errorMode: Check.oneOf("continue", "abort") }
      })
      yield* Check.pass(Input.text(place, "uri", uri, "importUriLength"))
      if (integrationId !== undefined) {
        yield* Check.pass(Input.text(place, "integrationId", integrationId, "integrationIdLength"))
      }
      const answer = yield* at.call(
        { operation: "start_import", idempotent: false },
        (client) => client.imports.start({ payload: { uri, integrationId, errorMode: { onError: errorMode } } })
      )
      return answer.id ?? ""
    })

  const describeImport: BulkImports["describeImport"] = (id) =>
    Effect.andThen(
      identified("describe_import", id),
      at.call({ operation: "describe_import" }, (client) => client.imports.describe({ path: { id } }))
    )

  const listing = (options: PageOptions | undefined) =>
    Check.read<PageOptions>(on("list_imports"), options ?? {}, {
      optional: { limit: Check.integer(1), paginationToken: Check.text }
    })

  const listImports: BulkImports["listImports"] = (options) =>
    Effect.gen(function*() {
      const place = on("list_imports")
      const { limit, paginationToken } = yield* listing(options)
      yield* Check.pass(Check.limit(place, limit, "pageLimit"))
      const answer = yield* at.call(
        { operation: "list_imports" },
        (client) => client.imports.list({ urlParams: { limit, paginationToken } })
      )
      return { imports: answer.data ?? [], next: Usage.next(answer) }
    })

  const cancelImport: BulkImports["cancelImport"] = (id) =>
    Effect.andThen(
      identified("cancel_import", id),
      Effect.asVoid(at.call({ operation: "cancel_import" }, (client) => client.imports.cancel({ path: { id } })))
    )

  const isDone = (model: BulkImport.ImportModel): Effect.Effect<boolean, PineconeError.OperationFailed> =>
    model.status === "Failed" || model.status === "Cancelled"
      ? Effect.fail(
        new PineconeError.OperationFailed({
          operation: "describe_import",
          index,
          attempts: 1,
          resource: "import",
          id: model.id ?? "",
          state: model.status,
          message: `import ${model.id} of ${model.uri} ${model.status === "Failed" ? "failed" : "was cancelled"}${
            model.error === undefined ? "" : `: ${model.error}`
          } (${model.recordsImported ?? 0} records imported)`
        })
      )
      : Effect.succeed(model.status === "Completed")

  const subject = (id: string): Poll.Subject => ({
    operation: "describe_import",
    index,
    what: `import ${id} to be completed`
  })

  const polling = (id: string, options: Poll.Options | undefined) =>
    Operation.unlessRefused(on("describe_import"))(Effect.andThen(
      identified("describe_import", id),
      Check.read<Poll.Options>(on("describe_import"), options ?? {}, pollShape)
    ))

  const importProgress: BulkImports["importProgress"] = (id, options) =>
    Stream.flatMap(polling(id, options), (options) => Poll.stream(describeImport(id), isDone, subject(id), options))

  const cancelled = (id: string): Effect.Effect<void> =>
    Effect.asVoid(Effect.flatMap(detached(cancelImport(id)), Fiber.await))

  /**
   * An import that is cancelled when the scope ends before `isSettled`. Interrupting the start waits for its answer, since
   * only that names the import to cancel; the timeout of the request bounds the wait.
   */
  const started = (
    what: ImportOptions,
    isSettled: () => boolean
  ): Effect.Effect<string, InputError, Scope.Scope> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        const start = yield* detached(startImport(what))
        yield* Effect.addFinalizer(() =>
          Effect.flatMap(
            Effect.map(Fiber.await(start), Exit.flatten),
            (exit) => Exit.isFailure(exit) || isSettled() ? Effect.void : cancelled(exit.value)
          )
        )
        return yield* restore(Effect.flatten(Fiber.join(start)))
      })
    )

  /** One import from its start to its end. */
  const one = (
    what: ImportOptions,
    { cancelOnInterrupt = false, schedule, timeout }: ImportAllOptions
  ): Stream.Stream<BulkImport.ImportModel, InputError | PineconeError.OperationFailed> => {
    const poll = { schedule, timeout }
    if (!cancelOnInterrupt) return Stream.flatMap(startImport(what), (id) => importProgress(id, poll))
    return Stream.unwrapScoped(Effect.suspend(() => {
      let settled = false
      return Effect.map(started(what, () => settled), (id) =>
        importProgress(id, poll).pipe(
          Stream.tap((model) =>
            Effect.sync(() => {
              settled = isOver(model)
            })
          ),
          Stream.tapError((error) =>
            Effect.sync(() => {
              settled = error._tag === "PineconeOperationFailed"
            })
          )
        ))
    }))
  }

  const checked = (
    imports: ImportOptions | ReadonlyArray<ImportOptions>,
    options: ImportAllOptions | undefined
  ) => {
    const place = on("start_import")
    const list = Input.attempt(
      place,
      "imports",
      (): ReadonlyArray<ImportOptions> | PineconeError.InvalidRequest =>
        Input.isArray(imports)
          ? Array.from(imports)
          : Check.problem(place, "imports", imports, Check.either(Check.object, Check.list)) ?? [imports]
    )
    return Effect.gen(function*() {
      const { concurrency = defaultConcurrency, ...poll } = yield* Check.read<ImportAllOptions>(place, options ?? {}, {
        optional: { ...pollShape.optional, concurrency: Check.integer(1), cancelOnInterrupt: Check.flag }
      })
      if (!Input.isArray(list)) return yield* list
      return { list, concurrency, options: poll }
    }).pipe(Operation.unlessRefused(place))
  }

  return Operation.all<BulkImports>(["startImport", "describeImport", "listImports", "cancelImport"], {
    startImport,
    describeImport,
    listImports,
    listImportsStream: (options) =>
      Pages.checked(
        on("list_imports"),
        listing(options),
        (page) => Effect.map(listImports(page), ({ imports, next }) => [imports, next])
      ),
    cancelImport,
    importProgress,
    waitForImport: (id, options) =>
      Effect.flatMap(polling(id, options), (options) => Poll.until(describeImport(id), isDone, subject(id), options)),
    importAll: (imports, options) =>
      Effect.flatMap(checked(imports, options), ({ concurrency, list, options }) =>
        Effect.map(
          Effect.forEach(list, (what) => Run.quietly(one(what, options), Stream.runLast), { concurrency }),
          (models) => models.flatMap(Option.toArray)
        )),
    importAllProgress: (imports, options) =>
      Stream.flatMap(
        checked(imports, options),
        ({ concurrency, list, options }) =>
          Stream.flatMap(Stream.fromIterable(list), (what) => one(what, options), { concurrency, bufferSize: 1 })
      )
  }, { index })
}
