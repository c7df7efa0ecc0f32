/**
 * Users of an organization (`/admin/users` of the admin API, since API version 2026-04).
 *
 * ```ts
 * import type * as User from "@effect-pinecone/schema/User"
 *
 * const shown = ({ email, name }: User.User) => name === undefined ? email : `${name} <${email}>`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe } from "./internal/wire.js"
import { limits } from "./Limits.js"
import { Pagination } from "./Usage.js"

/**
 * A person who belongs to the organization.
 *
 * @since 0.1.0
 * @category schemas
 */
export const User = answer("User", {
  id: Schema.String,
  email: Schema.String,
  name: maybe(Schema.String)
})

/**
 * The type of the `User` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface User extends Schema.Schema.Type<typeof User> {}

/**
 * A page of users.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UserList = answer("UserList", {
  data: Schema.Array(User),
  pagination: maybe(Pagination)
})

/**
 * Whether a text has the form of an e-mail address, of at most 254 characters.
 *
 * @since 0.1.0
 * @category guards
 */
export const isEmail = (text: string): boolean =>
  text.length <= limits.emailLength && /^[^\s@<>"(),:;[\]\\]+@[^\s@.]+(\.[^\s@.]+)*$/.test(text)
