/**
 * The files of an assistant, and the operations on them (`/files` and `/operations` of the assistant's API).
 *
 * ```ts
 * import type * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
 *
 * const describe = ({ name, status }: AssistantFile.AssistantFileModel) => `${name}: ${status}`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { PaginationResponse } from "./Assistant.js"
import { answer, as, date, JsonObject, list, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

/**
 * The states of a file.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FileStatus = openEnum("Processing", "Available", "Deleting", "ProcessingFailed")

/**
 * A file of an assistant. Its `size` is in bytes.
 *
 * The signed URL gives anyone who has it read access to the file for a short time, so it is kept as a secret:
 * `Redacted.value` gives it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantFileModel = answer("AssistantFileModel", {
  name: Schema.String,
  id: Schema.String,
  size: maybe(Schema.Int),
  metadata: maybe(JsonObject),
  createdOn: maybeAs("created_on", date),
  updatedOn: maybeAs("updated_on", date),
  status: maybe(FileStatus),
  signedUrl: maybeAs("signed_url", Schema.Redacted(Schema.String).annotations({ jsonSchema: { type: "string" } })),
  multimodal: maybe(Schema.Boolean)
})

/**
 * The type of the `AssistantFileModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface AssistantFileModel extends Schema.Schema.Type<typeof AssistantFileModel> {}

/**
 * What an upload says of a file, beside its contents.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FileDetails = struct({
  metadata: maybe(
    Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({ jsonSchema: { type: "object" } })
  )
})

/**
 * The type of the `FileDetails` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileDetails extends Schema.Schema.Type<typeof FileDetails> {}

/**
 * A page of files.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FileList = answer("ListFilesResponse", {
  files: list(AssistantFileModel),
  pagination: maybe(PaginationResponse)
})

/**
 * What an operation does; what the SDK sends.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationType = Schema.Literal("upload_file", "upsert_file", "update_file_metadata", "delete_file")

/**
 * The type of the `OperationType` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationType = typeof OperationType.Type

/**
 * How an operation stands; what the SDK sends.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationStatus = Schema.Literal("Processing", "Completed", "Failed")

/**
 * The type of the `OperationStatus` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationStatus = typeof OperationStatus.Type

/**
 * Work of the server on a file, and how far it is: `percentComplete` of 0 to 100.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationModel = answer("OperationModel", {
  id: Schema.String,
  operationType: as("operation_type", openEnum("upload_file", "upsert_file", "update_file_metadata", "delete_file")),
  fileId: maybeAs("file_id", Schema.String),
  status: openEnum("Processing", "Completed", "Failed"),
  createdOn: as("created_on", date),
  completedOn: maybeAs("completed_on", date),
  percentComplete: maybeAs("percent_complete", Schema.Int),
  /** Why it failed. */
  errorMessage: maybeAs("error_message", Schema.String),
  /** What a completed ingestion cost. */
  ingestionUnits: maybeAs("ingestion_units", Schema.Number)
})

/**
 * The type of the `OperationModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationModel extends Schema.Schema.Type<typeof OperationModel> {}

/**
 * A page of operations.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationList = answer("OperationList", {
  operations: list(OperationModel),
  pagination: maybe(PaginationResponse)
})
