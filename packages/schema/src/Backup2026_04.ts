/**
 * Backups in the form that the versions of the API have up to 2026-04. What the application sees of them is as with the newest
 * version: see `Backup`.
 *
 * ```ts
 * import * as Backup2026_04 from "@effect-pinecone/schema/Backup2026_04"
 * import * as Schema from "effect/Schema"
 *
 * const read = Schema.decodeUnknown(Backup2026_04.BackupModel)
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Backups from "./Backup.js"
import { DeletionProtection, schemaOf, Tags } from "./IndexModel.js"
import { metadataOf } from "./internal/indexForms.js"
import { AnyMetric } from "./internal/metric.js"
import { answer, as, made, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"
import { MetadataIndex } from "./MetadataIndex.js"

const Wire = answer("BackupModel", {
  backupId: as("backup_id", Schema.String),
  sourceIndexName: as("source_index_name", Schema.String),
  sourceIndexId: as("source_index_id", Schema.String),
  name: maybe(Schema.String),
  description: maybe(Schema.String),
  status: openEnum("Initializing", "Ready", "Failed"),
  cloud: Schema.String,
  region: Schema.String,
  dimension: maybe(Schema.Int),
  metric: maybe(AnyMetric),
  schema: maybe(MetadataIndex),
  recordCount: maybeAs("record_count", Schema.Int),
  namespaceCount: maybeAs("namespace_count", Schema.Int),
  sizeBytes: maybeAs("size_bytes", Schema.Int),
  tags: maybe(Tags),
  createdAt: maybeAs("created_at", Schema.String)
})

/**
 * A backup of an index (`BackupModel` of 2026-04).
 *
 * @since 0.1.0
 * @category schemas
 */
export const BackupModel: Schema.Schema<Backups.BackupModel, typeof Wire.Encoded> = Schema.transformOrFail(
  Wire,
  Schema.typeSchema(Backups.BackupModel),
  {
    strict: true,
    decode: ({ schema, ...wire }) => {
      const { cloud, dimension, metric, region } = wire
      const vectorType = dimension === undefined ? "sparse" : "dense"
      return made({
        ...wire,
        schema: schemaOf({
          dimension,
          metric,
          vectorType,
          embed: undefined,
          spec: { serverless: { cloud, region, schema } }
        })
      })
    },
    encode: ({ schema, sourceIndexDeletedAt: _, ...backup }) =>
      made({ ...backup, schema: schema === undefined ? undefined : metadataOf(schema) })
  }
)

/**
 * A page of backups.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BackupList = answer("BackupList", {
  data: maybe(Schema.Array(BackupModel)),
  pagination: maybe(answer("PaginationResponse", { next: Schema.String }))
})

/**
 * The request that creates an index from a backup.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexFromBackupRequest = struct({
  name: Schema.String,
  tags: maybe(Tags),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection)
}).annotations({ identifier: "CreateIndexFromBackupRequest" })
