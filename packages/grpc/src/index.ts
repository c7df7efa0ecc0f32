/**
 * @since 0.1.0
 */
export * as GrpcChannel from "./GrpcChannel.js"
export * as NodeGrpc from "./NodeGrpc.js"
export * as PineconeGrpc from "./PineconeGrpc.js"
export * as Protocol from "./Protocol.js"
