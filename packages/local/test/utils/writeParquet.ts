/** Files as any writer may have made them, wrong rows included, each in the folder of its namespace. */
import type { WriteOptions, WriteRecord } from "../../../parquet/test/utils/writeParquet.js"
import * as files from "../../../parquet/test/utils/writeParquet.js"

export {
  anyColumns,
  parquetBytes,
  type WriteOptions,
  type WriteRecord
} from "../../../parquet/test/utils/writeParquet.js"
export { rows as wrongRows } from "../../../parquet/test/utils/wrongRows.js"

const defaultNamespace = "__default__"

/** An empty namespace puts the file into the folder itself. */
export const writeBytes: typeof files.writeBytes = (root, bytes, options) =>
  files.writeBytes(root, bytes, { namespace: defaultNamespace, ...options })

export const writeParquet = (root: string, records: ReadonlyArray<WriteRecord>, options?: WriteOptions) =>
  files.writeParquet(root, records, { namespace: defaultNamespace, ...options })
