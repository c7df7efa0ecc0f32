/**
 * @since 0.1.0
 */
export * as ObjectStore from "./ObjectStore.js"
export * as ObjectStoreError from "./ObjectStoreError.js"
export * as Stores from "./Stores.js"
