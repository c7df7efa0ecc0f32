/** Sends one request with the newest official client: whether it runs on this Node. */
import { argument } from "./side.js"
import * as sides from "./sides.js"

const index = await sides.newest(argument(0))
await index.upsert({ records: [{ id: "a", values: [1, 2] }] })
console.log("it runs")
