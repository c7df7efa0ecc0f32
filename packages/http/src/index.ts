/**
 * @since 0.1.0
 */
export * as Call from "./Call.js"
export * as ControlPlaneApi from "./ControlPlaneApi.js"
export * as DataPlaneApi from "./DataPlaneApi.js"
export * as Failure from "./Failure.js"
export * as Pages from "./Pages.js"
export * as PineconeHttpClient from "./PineconeHttpClient.js"
export * as Poll from "./Poll.js"
export * as Settings from "./Settings.js"
export * as Throttle from "./Throttle.js"
export * as VectorService from "./VectorService.js"
