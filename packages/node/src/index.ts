/**
 * @since 0.1.0
 */
export * as Connector from "./Connector.js"
export * as InvalidOptions from "./InvalidOptions.js"
export * as NodeHttp from "./NodeHttp.js"
export * as Proxy from "./Proxy.js"
export * as Tls from "./Tls.js"
