import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects,
    // The modules of Effect are loaded once for each worker: no module of ours keeps anything that another test file could see.
    poolOptions: { forks: { isolate: false } },
    minWorkers: 1,
    maxWorkers: 2
  }
})
