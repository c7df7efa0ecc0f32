/** Files as any writer may have made them, wrong rows included. */
export * from "../../../parquet/test/utils/writeParquet.js"
