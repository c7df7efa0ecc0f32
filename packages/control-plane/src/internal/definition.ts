import * as Now from "@effect-pinecone/http/ControlPlaneApi"
import * as Before from "@effect-pinecone/http/ControlPlaneApi2026_04"
import { part } from "@effect-pinecone/http/DerivedClient"

type AnyGroup = Parameters<typeof part>[0]

/**
 * The definition of a group in the version that a client speaks: those before 2026-07 are written and read as 2026-04. Each
 * group stands alone, so that a bundle has none that it does not use.
 */
const either =
  <Group extends AnyGroup>(now: Group, before: AnyGroup) => ({ apiVersion }: { readonly apiVersion: string }) =>
    part(
      apiVersion < "2026-07"
        // eslint-disable-next-line no-restricted-syntax -- the types are the same: what differs is how they are written.
        ? before as Group
        : now
    )

export const indexes = either(Now.IndexesGroup, Before.IndexesGroup)
export const collections = either(Now.CollectionsGroup, Before.CollectionsGroup)
export const backups = either(Now.BackupsGroup, Before.BackupsGroup)
export const restoreJobs = either(Now.RestoreJobsGroup, Before.RestoreJobsGroup)
export const backupSchedules = part(Now.BackupSchedulesGroup)
export const conversions = part(Now.ConversionsGroup)
