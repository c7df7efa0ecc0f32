import type { Role } from "@effect-pinecone/schema/RoleBinding"
import { organizationRoles, projectRoles } from "@effect-pinecone/schema/RoleBinding"

const managers = ["OrgOwner", "OrgManager"] as const

/** The roles that let an access token do something with the admin API. Those of a project do so in their project alone. */
const holders = {
  readOrganization: [...organizationRoles, ...projectRoles],
  changeOrganization: managers,
  deleteOrganization: ["OrgOwner"],
  /** Service accounts, users and invites, and the roles in the organization. */
  members: managers,
  /** The same, where one of them is an owner, or is to be one. */
  owners: ["OrgOwner"],
  createProject: managers,
  readProject: [...managers, ...projectRoles],
  changeProject: [...managers, "ProjectOwner"],
  readKeys: [...managers, "ProjectOwner", "ProjectManager"],
  changeKeys: [...managers, "ProjectOwner"],
  /** The roles in a project. */
  projectMembers: [...managers, "ProjectOwner"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Role>>>

/** What may be done with the admin API, or may not. */
export type Right = keyof typeof holders

/** A role, where it is had. */
interface Held {
  readonly resourceType: string
  readonly resourceId: string
  readonly role: string
}

/** The roles that give a right. */
export const needed = (right: Right): ReadonlyArray<string> => holders[right]

/** Whether one of the roles gives a right: in a project, where one is named, or in any. */
export const allowed = (held: ReadonlyArray<Held>, right: Right, projectId?: string): boolean =>
  held.some(({ resourceId, resourceType, role }) =>
    needed(right).includes(role) &&
    (resourceType === "organization" || projectId === undefined || resourceId === projectId)
  )
