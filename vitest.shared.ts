import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** What the tests of every package and every example share. */
export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    setupFiles: [fileURLToPath(new URL("scripts/testSetup.ts", import.meta.url))],
    passWithNoTests: true,
    sequence: { concurrent: false },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    minWorkers: 1,
    maxWorkers: 2
  }
})
