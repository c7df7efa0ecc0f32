#!/usr/bin/env node
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Cli from "./Cli.js"
import * as ExitCode from "./ExitCode.js"
import * as StandardStreams from "./StandardStreams.js"

const environment = Layer.mergeAll(NodeContext.layer, NodeHttp.layer(), StandardStreams.layerNode)

NodeRuntime.runMain(Effect.provide(Cli.run(process.argv.slice(2)), environment), {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  teardown: (exit, onExit) =>
    onExit(
      Exit.isSuccess(exit)
        ? Number(exit.value)
        : Cause.isInterruptedOnly(exit.cause)
        ? ExitCode.interrupted
        : ExitCode.internal
    )
})
