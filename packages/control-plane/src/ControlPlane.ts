/**
 * All services of the control plane in one layer: indexes, collections, backups and restore jobs.
 *
 * ```ts
 * import { ControlPlane, Indexes, Pinecone } from "effect-pinecone"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list).pipe(
 *   Effect.provide(ControlPlane.layer),
 *   Effect.provide(Pinecone.layerConfig())
 * )
 * ```
 *
 * @since 0.1.0
 */
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Layer from "effect/Layer"
import * as Backups from "./Backups.js"
import * as BackupSchedules from "./BackupSchedules.js"
import * as Collections from "./Collections.js"
import * as ConversionJobs from "./ConversionJobs.js"
import * as Indexes from "./Indexes.js"
import * as RestoreJobs from "./RestoreJobs.js"

/**
 * The services of the control plane.
 *
 * @since 0.1.0
 * @category models
 */
export type Services =
  | Indexes.Indexes
  | Collections.Collections
  | Backups.Backups
  | BackupSchedules.BackupSchedules
  | RestoreJobs.RestoreJobs
  | ConversionJobs.ConversionJobs

/**
 * The services of the control plane: indexes, collections, backups and their schedules, restore jobs and conversions.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Services, never, PineconeHttpClient> = Layer.mergeAll(
  Indexes.layer,
  Collections.layer,
  Backups.layer,
  BackupSchedules.layer,
  RestoreJobs.layer,
  ConversionJobs.layer
)
