import protobuf from "protobufjs/light.js"
import * as Protocol from "../src/Protocol.js"
import * as messages from "../src/internal/messages.js"
console.log(Buffer.from(messages.encode("SparseValues", { indices: [1, 2, 300], values: [] })).toString("hex"))
console.log(Buffer.from(messages.encode("Vector", { id: "" })).toString("hex"))
const p = protobuf.common.get("google/protobuf/struct.proto")
console.log(p !== null, JSON.stringify(p).slice(0,600))
console.log(Protocol.methods.upsert.decodeRequest(Buffer.from("0a061205150000803f", "hex")))
