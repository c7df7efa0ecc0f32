import * as Fs from "node:fs"
import * as Path from "node:path"
import { temporaryFolder } from "./bundle.js"
import { measureRates, measureWaits, withFolder } from "./serverBusy.js"
const records = Number(process.argv[2])
const which = process.argv[3]
const folder = Fs.mkdtempSync(Path.join(temporaryFolder(), "w-"))
if (which === "rates") console.log(JSON.stringify(await withFolder(folder, (f) => measureRates(f, { sizes: [10_000, 50_000], seconds: 6 })), null, 1))
else console.log(JSON.stringify(await withFolder(folder, (f) => measureWaits(f, records)), null, 1))
process.exit(0)
