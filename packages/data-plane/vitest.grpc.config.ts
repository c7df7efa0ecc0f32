import { configDefaults, mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

export default mergeConfig(shared, {
  test: {
    name: "@effect-pinecone/data-plane over gRPC",
    provide: { transport: "grpc" },
    // There are no documents over gRPC, and the runs of streams over them take a while.
    exclude: [...configDefaults.exclude, "test/documentIngest.test.ts"]
  }
})
