/** The same over gRPC: a server in a process of its own that takes upserts and keeps nothing. */
import { serve } from "./side.js"
import { listenGrpc } from "./wire.js"

/** An `UpsertResponse` of one record. */
const one = Buffer.from([0x08, 0x01])

let accepted = 0
let counted = 0

const { url, wireBytes } = await listenGrpc({
  "/VectorService/Upsert": () => {
    accepted++
    return one
  }
})

export const answers = serve({
  url: () => url,
  received: () => {
    const before = counted
    counted = wireBytes()
    const received = { accepted, wireBytes: counted - before }
    accepted = 0
    return received
  }
})
