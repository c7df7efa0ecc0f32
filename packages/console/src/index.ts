export * as Console from "./Console.js"

export * as ConsolePage from "./ConsolePage.js"
