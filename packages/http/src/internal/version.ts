/**
 * The version of the packages, as requests name it.
 */
export const version = "0.0.0"
