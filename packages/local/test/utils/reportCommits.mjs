// Imported before the server, in each of its threads: tells on the standard error with what `synchronous` each commit is.
import { writeSync } from "node:fs"
import { createRequire } from "node:module"

const driver = ["@effect/sql-libsql", "@libsql/client"].reduce(
  (require, name) => createRequire(require.resolve(name)),
  createRequire(import.meta.url)
)
const { prototype } = driver("libsql")
const { exec, prepare } = prototype

const report = (database, sql) => {
  if (!/^\s*(COMMIT|END)\b/i.test(sql)) return
  const { synchronous } = prepare.call(database, "PRAGMA synchronous").get()
  const { file } = prepare.call(database, "SELECT file FROM pragma_database_list WHERE name = 'main'").get()
  writeSync(2, `commit synchronous=${synchronous} ${file}\n`)
}

prototype.prepare = function(sql) {
  report(this, sql)
  return prepare.call(this, sql)
}

prototype.exec = function(sql) {
  report(this, sql)
  return exec.call(this, sql)
}
