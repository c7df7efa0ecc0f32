/** An authority of the test's own, and what it signs. */
export * from "../../../node/test/utils/certificates.js"
