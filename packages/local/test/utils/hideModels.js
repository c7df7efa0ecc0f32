// @ts-check
// For a process in which `@effect-pinecone/local-models` is not installed: `node --import` this file.
import { register } from "node:module"

register("./hideModelsHooks.js", import.meta.url)
