import * as Fs from "node:fs"
import pl from "nodejs-polars"
import * as wasm from "parquet-wasm"

/** How arrow-rs writes a file. */
export interface ArrowRsOptions {
  readonly compression: keyof typeof wasm.Compression
  readonly version: "V1" | "V2"
  readonly dictionary: boolean
  /** The encodings of columns that are not left to it. */
  readonly encodings?: Readonly<Record<string, keyof typeof wasm.Encoding>>
  readonly pageBytes?: number
}

/** Writes the columns of a file to another one by arrow-rs. */
export const byArrowRs = (from: string, to: string, options: ArrowRsOptions): void => {
  const table = wasm.readParquet(Fs.readFileSync(from))
  writeArrow(table, to, options)
}

/** Writes an Arrow table, as the bytes of a stream, by arrow-rs. */
export const writeIpc = (bytes: Uint8Array, to: string, options: ArrowRsOptions): void =>
  writeArrow(wasm.Table.fromIPCStream(bytes), to, options)

const writeArrow = (table: wasm.Table, to: string, options: ArrowRsOptions): void => {
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression[options.compression])
    .setWriterVersion(wasm.WriterVersion[options.version])
    .setDictionaryEnabled(options.dictionary)
    .setWriteBatchSize(64)
    .setDataPageSizeLimit(options.pageBytes ?? 2048)
  for (const [column, encoding] of Object.entries(options.encodings ?? {})) {
    builder = builder.setColumnEncoding(column, wasm.Encoding[encoding])
  }
  Fs.writeFileSync(to, wasm.writeParquet(table, builder.build()))
}

export type PolarsCodec = "uncompressed" | "snappy" | "gzip" | "brotli" | "lz4" | "zstd"

/** Writes the columns of a file to another one by Polars. */
export const byPolars = (from: string, to: string, compression: PolarsCodec): void => {
  pl.readParquet(Fs.readFileSync(from)).writeParquet(to, { compression })
}
