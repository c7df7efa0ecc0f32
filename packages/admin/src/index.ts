/**
 * @since 0.1.0
 */
export * as AccessToken from "./AccessToken.js"
export * as Admin from "./Admin.js"
export * as AdminClient from "./AdminClient.js"
export * as AdminSettings from "./AdminSettings.js"
export * as ApiKeys from "./ApiKeys.js"
export * as Invites from "./Invites.js"
export * as Metrics from "./Metrics.js"
export * as Organizations from "./Organizations.js"
export * as Projects from "./Projects.js"
export * as RoleBindings from "./RoleBindings.js"
export * as ServiceAccounts from "./ServiceAccounts.js"
export * as Users from "./Users.js"
