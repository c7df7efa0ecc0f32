/** Whether something is an array. Of a proxy that is revoked not even that can be asked. */
export const isArray = (u: unknown): u is ReadonlyArray<unknown> => {
  try {
    return Array.isArray(u)
  } catch {
    return false
  }
}

export const isObject = (u: unknown): u is { readonly [key: string]: unknown } =>
  typeof u === "object" && u !== null && !isArray(u)

/** Whether something is of a class. A proxy may throw where it is asked for its prototype. */
export const isInstance = <A>(u: unknown, constructor: abstract new(...args: ReadonlyArray<never>) => A): u is A => {
  try {
    return u instanceof constructor
  } catch {
    return false
  }
}
