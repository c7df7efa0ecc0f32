import * as grpc from "@grpc/grpc-js"
import * as Protocol from "../src/Protocol.js"
const answer = Buffer.from(Protocol.methods.query.encodeAnswer({ namespace: "a", usage: { readUnits: 5 }, matches: Array.from({ length: 10 }, (_, i) => ({ id: `movie-${i}`, score: 0.5 + i / 100, metadata: { title: `A movie ${i}`, year: 2000 + i } })) } as never))
const same = (b: Buffer) => b
const s = new grpc.Server()
s.register("/VectorService/Query", (_: unknown, cb: (e: null, v: Buffer) => void) => cb(null, answer), same, same, "unary")
s.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => process.send!(port))
