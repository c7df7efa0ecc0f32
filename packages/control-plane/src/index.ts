/**
 * @since 0.1.0
 */
export * as Backups from "./Backups.js"
export * as Collections from "./Collections.js"
export * as ControlPlane from "./ControlPlane.js"
export * as Indexes from "./Indexes.js"
export * as RestoreJobs from "./RestoreJobs.js"
