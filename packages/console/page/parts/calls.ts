/** The services of the SDK that the first view calls. */
export { layer as indexes } from "effect-pinecone/Indexes"
export { make as namespaces } from "effect-pinecone/Namespaces"
export { layer as client } from "effect-pinecone/Pinecone"
