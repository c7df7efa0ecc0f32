/** What runs beside requests: imports, backups, their schedules, and restores. */
import * as Backups from "effect-pinecone/Backups"
import * as BackupSchedules from "effect-pinecone/BackupSchedules"
import * as RestoreJobs from "effect-pinecone/RestoreJobs"
import * as VectorIndex from "effect-pinecone/VectorIndex"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { IndexProps } from "./index.js"
import { Badge, bytes, number, Progress, time } from "./parts.js"
import type { Problem } from "./place.js"
import type { Services } from "./sdk.js"
import { hostOf, shown } from "./sdk.js"
import { Await, useApp, useCall, useRun } from "./state.js"

const most = 50

function some<A>(stream: Stream.Stream<A, Problem, Services>) {
  return Effect.map(Stream.runCollect(Stream.take(stream, most)), Chunk.toReadonlyArray)
}

const isOver = (status: string | undefined): boolean =>
  status !== "Pending" && status !== "InProgress" && status !== "Initializing"

/** A heading, and a table where there is something for it. */
const Part = ({ children, columns, count, empty, title }: {
  readonly title: string
  readonly empty: string
  readonly count: number
  readonly columns: ReadonlyArray<string>
  readonly children: ComponentChildren
}) =>
  count === 0 ? <p class="empty">{empty}</p> : (
    <div class="wide">
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )

const Imports = ({ name }: { readonly name: string }) => {
  const run = useRun()
  const { sdk: { settings } } = useApp()
  const [changes, setChanges] = useState(0)
  const index = VectorIndex.make({ host: hostOf(name) })
  const make = `const index = yield* VectorIndex.make({ name: ${JSON.stringify(name)} })`
  const state = useCall(
    () =>
      shown(
        "List the imports",
        `${make}\nconst { imports } = yield* index.listImports()`,
        Effect.flatMap(index, (index) => some(index.listImportsStream()))
      ),
    [name, changes],
    (imports) => imports.some(({ status }) => !isOver(status))
  )
  const cancel = (id: string) =>
    run(
      shown(
        `Cancel import ${id}`,
        `${make}\nyield* index.cancelImport(${JSON.stringify(id)})`,
        Effect.flatMap(index, (index) => index.cancelImport(id))
      ),
      () => setChanges(changes + 1)
    )
  return (
    <Await state={state} what="imports">
      {(imports) => (
        <Part
          title="Imports"
          empty="No import has run in this index."
          count={imports.length}
          columns={[
            "Import",
            "From",
            "State",
            "Progress",
            "Records",
            "Started",
            ...(settings.allowWrites ? ["Action"] : [])
          ]}
        >
          {imports.map(({ createdAt, error, id = "", percentComplete = 0, recordsImported, status = "", uri }) => (
            <tr key={id}>
              <th scope="row">{id}</th>
              <td class="value">{uri}</td>
              <td>
                <Badge state={status} /> {error === undefined || error === "" ? null : <span class="bad">{error}</span>}
              </td>
              <td>
                <Progress label={`Import ${id}`} percent={percentComplete} />
              </td>
              <td>{number(recordsImported)}</td>
              <td>{time(createdAt)}</td>
              {settings.allowWrites
                ? (
                  <td>
                    {isOver(status) ? null : (
                      <button
                        type="button"
                        onClick={() => cancel(id)}
                      >
                        Cancel
                      </button>
                    )}
                  </td>
                )
                : null}
            </tr>
          ))}
        </Part>
      )}
    </Await>
  )
}

const BackupTable = ({ name }: { readonly name: string }) => {
  const state = useCall(
    () =>
      shown(
        "List the backups",
        `const backups = yield* Backups.Backups\nconst page = yield* backups.list({ indexName: ${
          JSON.stringify(name)
        } })`,
        Effect.flatMap(Backups.Backups, (backups) => some(backups.listStream({ indexName: name }))).pipe(
          Effect.provide(Backups.layer)
        )
      ),
    [name],
    (backups) => backups.some(({ status }) => !isOver(status))
  )
  return (
    <Await state={state} what="backups">
      {(backups) => (
        <Part
          title="Backups"
          empty="This index has no backups."
          count={backups.length}
          columns={["Name", "State", "Records", "Namespaces", "Size", "Created"]}
        >
          {backups.map(({ backupId, createdAt, name, namespaceCount, recordCount, sizeBytes, status }) => (
            <tr key={backupId}>
              <th scope="row">{name ?? backupId}</th>
              <td>
                <Badge state={status} />
              </td>
              <td>{number(recordCount)}</td>
              <td>{number(namespaceCount)}</td>
              <td>{bytes(sizeBytes)}</td>
              <td>{time(createdAt)}</td>
            </tr>
          ))}
        </Part>
      )}
    </Await>
  )
}

const Schedules = ({ name }: { readonly name: string }) => {
  const state = useCall(
    () =>
      shown(
        "List the backup schedules",
        `const schedules = yield* BackupSchedules.BackupSchedules\nconst page = yield* schedules.list(${
          JSON.stringify(name)
        })`,
        Effect.flatMap(BackupSchedules.BackupSchedules, (schedules) => some(schedules.listStream(name))).pipe(
          Effect.provide(BackupSchedules.layer)
        )
      ),
    [name]
  )
  return (
    <Await state={state} what="schedules">
      {(schedules) => (
        <Part
          title="Backup schedules"
          empty="No schedule makes backups of this index."
          count={schedules.length}
          columns={["Name", "Runs", "State", "Next run", "Kept for"]}
        >
          {schedules.map(({ enabled, frequency, name, nextScheduledRun, retentionExpireAfterDays, scheduleId }) => (
            <tr key={scheduleId}>
              <th scope="row">{name}</th>
              <td>{frequency}</td>
              <td>
                <Badge state={enabled ? "enabled" : "disabled"} />
              </td>
              <td>{time(nextScheduledRun)}</td>
              <td>{retentionExpireAfterDays} days</td>
            </tr>
          ))}
        </Part>
      )}
    </Await>
  )
}

const Restores = ({ name }: { readonly name: string }) => {
  const state = useCall(
    () =>
      shown(
        "List the restore jobs",
        `const restores = yield* RestoreJobs.RestoreJobs\nconst page = yield* restores.list()`,
        Effect.flatMap(RestoreJobs.RestoreJobs, (restores) => some(restores.listStream())).pipe(
          Effect.provide(RestoreJobs.layer)
        )
      ),
    [name],
    (jobs) => jobs.some(({ status, targetIndexName }) => targetIndexName === name && !isOver(status))
  )
  return (
    <Await state={state} what="restore jobs">
      {(jobs) => {
        const own = jobs.filter(({ targetIndexName }) => targetIndexName === name)
        return (
          <Part
            title="Restore jobs"
            empty="This index was not restored from a backup."
            count={own.length}
            columns={["Job", "From backup", "State", "Progress", "Completed"]}
          >
            {own.map(({ backupId, completedAt, percentComplete = 0, restoreJobId, status }) => (
              <tr key={restoreJobId}>
                <th scope="row">{restoreJobId}</th>
                <td>{backupId}</td>
                <td>
                  <Badge state={status} />
                </td>
                <td>
                  <Progress label={`Restore job ${restoreJobId}`} percent={percentComplete} />
                </td>
                <td>{time(completedAt)}</td>
              </tr>
            ))}
          </Part>
        )
      }}
    </Await>
  )
}

export const JobsView = ({ place: { model: { name }, noun } }: IndexProps) => (
  <>
    {noun === "record"
      ? (
        <>
          <h2>Imports</h2>
          <Imports name={name} />
        </>
      )
      : null}
    <h2>Backups</h2>
    <BackupTable name={name} />
    <h2>Backup schedules</h2>
    <Schedules name={name} />
    <h2>Restore jobs</h2>
    <Restores name={name} />
  </>
)
