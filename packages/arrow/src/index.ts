/**
 * @since 0.1.0
 */
export * as ArrowError from "./ArrowError.js"
export * as ArrowRecords from "./ArrowRecords.js"
export * as ArrowTable from "./ArrowTable.js"
export * as Export from "./Export.js"
export * as Upsert from "./Upsert.js"
