import { bundle } from "./process.js"

/** The command is built once, before the tests that start it: none reads what another writes. */
export default (): Promise<void> => bundle()
