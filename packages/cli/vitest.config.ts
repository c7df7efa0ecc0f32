import { mergeConfig } from "vitest/config"
import shared from "../../vitest.shared.js"

export default mergeConfig(shared, {
  test: { globalSetup: ["../console/test/utils/builtPage.ts", "./test/utils/builtCommand.ts"] }
})
