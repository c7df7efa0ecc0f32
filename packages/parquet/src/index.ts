/**
 * @since 0.1.0
 */
export * as Columns from "./Columns.js"
export * as ParquetError from "./ParquetError.js"
export * as ParquetReader from "./ParquetReader.js"
export * as ParquetWriter from "./ParquetWriter.js"
