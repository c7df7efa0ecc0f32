/** What is asked of the thread that has the databases, and what it answers. Everything can be cloned between threads. */

export type Kind = "registry" | "records"

/** Records side by side: as many entries as ids in each list, numbers one after the other. */
export interface PackedRecords {
  readonly ids: ReadonlyArray<string>
  /** JSON. */
  readonly metadata: ReadonlyArray<string | null>
  readonly dense: Float32Array
  /** How many of the dense numbers are each record's; -1 for a record without any. */
  readonly denseLengths: Int32Array
  readonly sparseIndices: Uint32Array
  readonly sparseValues: Float32Array
  /** How many of the sparse numbers are each record's; -1 for a record without any. */
  readonly sparseLengths: Int32Array
}

/** Records without numbers, their texts one after the other in UTF-8, with the end of each. */
export interface PackedColumns {
  readonly ids: Uint8Array
  readonly idEnds: Uint32Array
  /** Whether the bytes of each id are its characters, in ASCII. */
  readonly areIdsPlain: boolean
  /** JSON; nothing for a record without metadata. */
  readonly texts: Uint8Array
  readonly textEnds: Uint32Array
  readonly areTextsPlain: boolean
}

/**
 * What changes in a namespace at once: it is dropped or emptied first, then ids are deleted, then records are upserted, then
 * metadata is replaced.
 */
export interface PackedWrite {
  readonly namespace: string
  readonly lsn: number
  /** The namespace comes into being with this schema. */
  readonly declare?: { readonly schema: string | null } | undefined
  readonly drop?: boolean | undefined
  readonly clear?: boolean | undefined
  readonly deletes?: ReadonlyArray<string> | undefined
  readonly upserts?: PackedRecords | undefined
  readonly metadata?: {
    readonly ids: ReadonlyArray<string>
    readonly texts: ReadonlyArray<string | null>
  } | undefined
}

/** How an error is told to the other side. */
export interface Failure {
  readonly code: string | undefined
  readonly message: string
}

export interface Written {
  /** How many records the namespace has now. */
  readonly records: number
}

export interface Statement {
  readonly sql: string
  readonly params: ReadonlyArray<string | number | null>
}

export interface OpenRequest {
  readonly op: "open"
  readonly file: string
  readonly kind: Kind
  /** Whether the database may come into being. Else a file that is missing or empty is a failure. */
  readonly create: boolean
  readonly durable: boolean
  /** Keeps everybody else out. */
  readonly lock: boolean
  /** Reads beside the connection that writes. */
  readonly reader: boolean
  /** How many pages the file may have. */
  readonly maxPages: number | undefined
}

export type Request =
  | OpenRequest
  | { readonly op: "close"; readonly at: number }
  | { readonly op: "all"; readonly at: number; readonly sql: string; readonly params: Statement["params"] }
  | { readonly op: "run"; readonly at: number; readonly statements: ReadonlyArray<Statement> }
  | { readonly op: "write"; readonly at: number; readonly writes: ReadonlyArray<PackedWrite> }
  | { readonly op: "begin"; readonly at: number }
  | { readonly op: "part"; readonly at: number; readonly write: PackedWrite }
  | { readonly op: "commit"; readonly at: number }
  | { readonly op: "rollback"; readonly at: number }
  | {
    readonly op: "read"
    readonly at: number
    readonly namespace: string
    readonly after: number
    readonly limit: number
  }
  | {
    readonly op: "columns"
    readonly at: number
    readonly namespace: string
    readonly after: number
    readonly limit: number
  }
  | { readonly op: "pick"; readonly at: number; readonly namespace: string; readonly places: ReadonlyArray<number> }
  | { readonly op: "mark"; readonly at: number; readonly namespace: string; readonly token: string }
  | {
    readonly op: "vectors"
    readonly at: number
    /** Its number. */
    readonly namespace: number
    readonly after: number
    readonly last: number
    readonly limit: number
    readonly dimension: number
  }
  | {
    readonly op: "changes"
    readonly at: number
    readonly namespace: string
    readonly token: string
    readonly after: number
    readonly limit: number
    readonly dimension: number
  }
  | { readonly op: "forget"; readonly at: number }
  | { readonly op: "sweep"; readonly at: number; readonly limit: number }
  | { readonly op: "copy"; readonly at: number; readonly to: string }
  | { readonly op: "check"; readonly at: number }
  | { readonly op: "verify"; readonly at: number }

export interface Opened {
  /** The connection, for the other requests. */
  readonly at: number
  /** The format that the file had before. */
  readonly format: number
}

/** Places are numbers within a namespace, in the order in which its records were first inserted. */
export interface Chunk {
  readonly records: PackedRecords
  readonly places: Uint32Array
  /** The place of the last record, to go on from. */
  readonly last: number
}

/** Records without their dense numbers, which are checked all the same: as columns, unless they have sparse numbers. */
export type Placed =
  | { readonly places: Uint32Array; readonly columns: PackedColumns }
  | { readonly places: Uint32Array; readonly records: PackedRecords }

/** A namespace whose changes are noted from here on. */
export interface Marked {
  /** Its number. */
  readonly namespace: number
  /** Its last place. */
  readonly last: number
}

/** Vectors side by side: as many numbers for each place, zeros where there are none. */
export interface Vectors {
  readonly places: Uint32Array
  /** 0 where there is no record, 1 for one without dense numbers, 2 for one with them. */
  readonly states: Uint8Array
  readonly vectors: Float32Array
}

/** What each request is answered with. */
export interface Answers {
  readonly open: Opened
  readonly close: undefined
  readonly all: ReadonlyArray<Readonly<Record<string, string | number | null>>>
  readonly run: undefined
  /** One for each write; the failed ones left nothing behind. */
  readonly write: ReadonlyArray<Written | Failure>
  readonly begin: undefined
  readonly part: Written
  readonly commit: undefined
  readonly rollback: undefined
  readonly read: Chunk | undefined
  readonly columns: Placed | undefined
  /** Nothing where one of the records is not there. */
  readonly pick: { readonly records: PackedRecords } | undefined
  readonly mark: Marked | undefined
  readonly vectors: Vectors | undefined
  readonly changes: Vectors | undefined
  readonly forget: undefined
  /** Whether there is more to sweep. */
  readonly sweep: boolean
  readonly copy: undefined
  /** What is wrong with the structure of the file. */
  readonly check: string | undefined
  /** The same with every record in it. */
  readonly verify: string | undefined
}

export type AnswerTo<R extends Request> = Answers[R["op"]]

/** A request on its way to the thread. */
export interface Asked {
  readonly id: number
  readonly request: Request
}

/** An answer on its way back. */
export type Told =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }

/** Does requests one after the other, on the thread that it is made on. */
export interface Engine {
  /** Throws a `Failure`. */
  readonly execute: (request: Request) => unknown
}

/** What a thread is for: what is waited for at once, or work that takes long and leaves the processors to others. */
export type Work = "short" | "long"
