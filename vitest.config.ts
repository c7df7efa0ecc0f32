import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects,
    minWorkers: 1,
    maxWorkers: 2,
    // The workers belong to the root: without this each test file starts a new one and loads Effect again, whatever a project says.
    poolOptions: { forks: { isolate: false } }
  }
})
