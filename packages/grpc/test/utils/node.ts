/** Certificates, proxies and a tracer, as the tests of the HTTP client for Node have them. */
export * as certificates from "../../../node/test/utils/certificates.js"
export * as proxies from "../../../node/test/utils/proxies.js"
export * as tinyproxy from "../../../node/test/utils/tinyproxy.js"
export { recording } from "../../../node/test/utils/tracer.js"
