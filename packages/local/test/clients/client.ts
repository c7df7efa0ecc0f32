/**
 * What the majors of the official TypeScript client can do, under one name for what each major calls by its own.
 * Parameters are checked loosely: each adapter calls its client as that client's types want it.
 */
export interface VectorRecord {
  readonly id: string
  readonly values?: Array<number>
  readonly sparseValues?: { indices: Array<number>; values: Array<number> }
  readonly metadata?: Record<string, string | number | boolean | Array<string>>
}

export interface Match extends VectorRecord {
  readonly score?: number | undefined
}

export interface Page {
  readonly pagination?: { readonly next?: string | undefined } | undefined
}

interface ImportModel {
  readonly id?: string | undefined
  readonly status?: string | undefined
  readonly uri?: string | undefined
  readonly recordsImported?: number | undefined
  readonly error?: string | undefined
  readonly percentComplete?: number | undefined
  readonly createdAt?: Date | undefined
  readonly finishedAt?: Date | undefined
}

interface NamespaceDescription {
  readonly name?: string | undefined
  readonly recordCount?: string | number | undefined
}

/** Present from the major on that has them. */
interface SinceIndex {
  upsertRecords(records: ReadonlyArray<object>): Promise<unknown>
  searchRecords(options: object): Promise<{
    readonly result: {
      readonly hits: ReadonlyArray<{ readonly _id?: string; readonly _score?: number; readonly fields: object }>
    }
    readonly usage?: object
  }>
  startImport(uri: string, errorMode: "continue" | "abort"): Promise<{ readonly id?: string | undefined }>
  listImports(limit?: number, paginationToken?: string): Promise<
    Page & { readonly data?: ReadonlyArray<ImportModel> | undefined }
  >
  describeImport(id: string): Promise<ImportModel>
  cancelImport(id: string): Promise<unknown>
  listNamespaces(limit?: number, paginationToken?: string): Promise<
    Page & { readonly namespaces?: ReadonlyArray<NamespaceDescription> | undefined }
  >
  describeNamespace(name: string): Promise<NamespaceDescription>
  deleteNamespace(name: string): Promise<unknown>
  createNamespace(name: string): Promise<NamespaceDescription>
  fetchByMetadata(filter: object, limit?: number): Promise<Page & { readonly records: Record<string, VectorRecord> }>
  updateMany(filter: object, metadata: object): Promise<unknown>
}

export interface Index extends Partial<SinceIndex> {
  upsert(records: Array<VectorRecord>): Promise<unknown>
  query(options: object): Promise<{
    readonly matches: ReadonlyArray<Match>
    readonly usage?: { readonly readUnits?: number | undefined } | undefined
  }>
  fetch(ids: Array<string>): Promise<{
    readonly records: Record<string, VectorRecord>
    readonly usage?: { readonly readUnits?: number | undefined } | undefined
  }>
  update(options: VectorRecord): Promise<unknown>
  deleteOne(id: string): Promise<unknown>
  deleteMany(idsOrFilter: Array<string> | object): Promise<unknown>
  deleteAll(): Promise<unknown>
  listPaginated(options?: object): Promise<
    Page & { readonly vectors?: ReadonlyArray<{ readonly id?: string | undefined }> | undefined }
  >
  describeIndexStats(): Promise<{
    readonly namespaces?: Record<string, { readonly recordCount?: number | undefined }> | undefined
    readonly dimension?: number | undefined
    readonly indexFullness?: number | undefined
    readonly totalRecordCount?: number | undefined
  }>
  namespace(name: string): Index
}

export interface IndexModel {
  readonly name: string
  readonly dimension?: number | undefined
  readonly metric?: string | undefined
  readonly host: string
  readonly deletionProtection?: string | undefined
  readonly tags?: Record<string, string> | null | undefined
  readonly status?: { readonly ready: boolean; readonly state: string } | undefined
  readonly spec: object
}

interface CollectionModel {
  readonly name: string
  readonly status: string
  readonly dimension?: number | undefined
  readonly vectorCount?: number | undefined
  readonly environment: string
}

interface AssistantModel {
  readonly name: string
  readonly status?: string | undefined
  readonly instructions?: string | null | undefined
  readonly metadata?: object | null | undefined
  readonly host?: string | undefined
  readonly createdAt?: Date | undefined
}

interface FileModel {
  readonly id: string
  readonly name: string
  readonly status?: string | undefined
  readonly metadata?: object | null | undefined
}

interface Citation {
  readonly references?: ReadonlyArray<{ readonly file?: FileModel; readonly pages?: ReadonlyArray<number> }>
}

export interface Assistant {
  uploadFile(options: { readonly path: string; readonly metadata?: Record<string, string> }): Promise<FileModel>
  listFiles(options?: { readonly filter?: object }): Promise<{ readonly files?: ReadonlyArray<FileModel> | undefined }>
  describeFile(id: string): Promise<FileModel>
  deleteFile(id: string): Promise<unknown>
  chat(options: { messages: Array<{ role: string; content: string }>; readonly filter?: object }): Promise<{
    readonly message?: { readonly content?: string | undefined } | undefined
    readonly finishReason?: string | undefined
    readonly citations?: ReadonlyArray<Citation> | undefined
  }>
  chatStream(options: { messages: Array<{ role: string; content: string }> }): Promise<
    AsyncIterable<{ readonly type: string; readonly delta?: { readonly content: string } }>
  >
  chatCompletion(options: { messages: Array<string> }): Promise<{
    readonly choices?: ReadonlyArray<{ readonly message?: { readonly content?: string } }>
  }>
  chatCompletionStream(options: { messages: Array<string> }): Promise<
    AsyncIterable<{ readonly choices: ReadonlyArray<{ readonly delta: { readonly content?: string } }> }>
  >
  context(options: { readonly query: string }): Promise<{
    readonly snippets: ReadonlyArray<object>
    readonly usage: { readonly totalTokens?: number }
  }>
}

/** Present from the major on that has them. */
interface SinceClient {
  embed(model: string, inputs: Array<string>, parameters: Record<string, string>): Promise<ReadonlyArray<object>>
  rerank(model: string, query: string, documents: Array<string | Record<string, string>>, options?: object): Promise<{
    readonly data: ReadonlyArray<{ readonly index: number; readonly score: number; readonly document?: object }>
  }>
  listModels(): Promise<{ readonly models?: ReadonlyArray<{ readonly model: string }> | undefined }>
  getModel(name: string): Promise<{ readonly model: string; readonly type: string }>

  protect(name: string, deletionProtection: "enabled" | "disabled"): Promise<unknown>
  tag(name: string, tags: Record<string, string>): Promise<IndexModel>
  createIndexForModel(options: object): Promise<unknown>

  createBackup(
    options: { readonly indexName: string; readonly name?: string; readonly description?: string }
  ): Promise<{
    readonly backupId: string
    readonly sourceIndexName: string
    readonly status: string
  }>
  listBackups(options: object): Promise<{ readonly data?: ReadonlyArray<{ readonly backupId: string }> }>
  describeBackup(id: string): Promise<object>
  deleteBackup(id: string): Promise<unknown>
  createIndexFromBackup(options: { readonly backupId: string; readonly name: string }): Promise<{
    readonly restoreJobId: string
    readonly indexId: string
  }>
  describeRestoreJob(id: string): Promise<{ readonly status: string; readonly createdAt: Date | null }>
  listRestoreJobs(options: object): Promise<{ readonly data: ReadonlyArray<{ readonly restoreJobId: string }> }>

  createAssistant(options: object): Promise<AssistantModel>
  listAssistants(): Promise<{ readonly assistants?: ReadonlyArray<AssistantModel> | undefined }>
  describeAssistant(name: string): Promise<AssistantModel>
  updateAssistant(
    name: string,
    options: { readonly instructions?: string; readonly metadata?: object }
  ): Promise<object>
  deleteAssistant(name: string): Promise<unknown>
  assistant(name: string): Assistant
}

export interface Client extends Partial<SinceClient> {
  createIndex(options: object): Promise<unknown>
  listIndexes(): Promise<{ readonly indexes?: ReadonlyArray<IndexModel> | undefined }>
  describeIndex(name: string): Promise<IndexModel>
  deleteIndex(name: string): Promise<unknown>
  scale(name: string, pods: { readonly replicas: number; readonly podType: string }): Promise<unknown>

  createCollection(options: { readonly name: string; readonly source: string }): Promise<CollectionModel>
  listCollections(): Promise<{ readonly collections?: ReadonlyArray<CollectionModel> | undefined }>
  describeCollection(name: string): Promise<CollectionModel>
  deleteCollection(name: string): Promise<unknown>

  /** Of the host, when it is given, and without a look-up. */
  index(name: string, host?: string): Index
}

export interface Settings {
  readonly apiKey: string
  readonly controllerHostUrl: string
  readonly fetchApi: typeof fetch
}

/** A major of the client. */
export interface Major {
  readonly number: number
  /** The version of the API that it asks for; the second says none. */
  readonly apiVersion: string | undefined
  readonly make: (settings: Settings) => Client
}
