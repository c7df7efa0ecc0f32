/**
 * @since 0.1.0
 */
export * as BulkImports from "./BulkImports.js"
export * as Copy from "./Copy.js"
export * as FanOut from "./FanOut.js"
export * as IndexAt from "./IndexAt.js"
export * as Ingest from "./Ingest.js"
export * as IngestReport from "./IngestReport.js"
export * as MetadataCodec from "./MetadataCodec.js"
export * as Namespaces from "./Namespaces.js"
export * as Query from "./Query.js"
export * as Reading from "./Reading.js"
export * as ReadOptions from "./ReadOptions.js"
export * as RecordCache from "./RecordCache.js"
export * as Records from "./Records.js"
export * as Search from "./Search.js"
export * as VectorIndex from "./VectorIndex.js"
