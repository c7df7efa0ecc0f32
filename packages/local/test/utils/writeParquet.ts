/** Files as any writer may have made them, wrong rows included. */
export * from "../../../parquet/test/utils/writeParquet.js"
export { rows as wrongRows } from "../../../parquet/test/utils/wrongRows.js"
