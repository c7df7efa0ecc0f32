/**
 * @since 0.1.0
 */
export * as Cli from "./Cli.js"
export * as ExitCode from "./ExitCode.js"
export * as Output from "./Output.js"
export * as StandardStreams from "./StandardStreams.js"
