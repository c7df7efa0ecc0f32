import { mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

export default mergeConfig(shared, {
  test: { name: "@effect-pinecone/data-plane over gRPC", provide: { transport: "grpc" } }
})
