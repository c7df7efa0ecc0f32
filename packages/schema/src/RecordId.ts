/**
 * The ids of records: 1 to 512 ASCII characters without NUL.
 *
 * ```ts
 * import * as RecordId from "@effect-pinecone/schema/RecordId"
 *
 * const none = RecordId.problem({ operation: "fetch" }, "airplane", "id") // undefined
 * const some = RecordId.problem({ operation: "fetch" }, "", "id") // a PineconeError.InvalidRequest
 * ```
 *
 * @since 0.1.0
 */
import * as Input from "./Input.js"
import * as Limits from "./Limits.js"

/** All of ASCII but NUL. */

const ascii = /^[\x01-\x7f]*$/

/**
 * Whether a text has only the characters that an id may have.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAscii = (text: string): boolean => ascii.test(text)

const characterProblem = (place: Limits.Place, field: string, text: string): Input.Problem | undefined => {
  if (isAscii(text)) return undefined
  return text.includes("\0")
    ? Input.invalid(place, field, "must not contain the character NUL", text.replaceAll("\0", "\\0"))
    : Input.invalid(
      place,
      field,
      `must have ASCII characters only, got ${Input.show(text)}: encode it, with encodeURIComponent for example`,
      text
    )
}

/**
 * What is wrong with the id of a record.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (
  place: Limits.Place,
  id: unknown,
  field: string,
  lengthField: string = field
): Input.Problem | undefined => {
  if (typeof id !== "string") return Input.mismatch(place, field, "a string", id)
  if (id === "") return Input.invalid(place, field, `must have 1 to ${Limits.limits.idLength} characters, got ""`)
  return Limits.check("idLength", lengthField, id.length, place, id) ?? characterProblem(place, field, id)
}

/**
 * What is wrong with the beginning of ids, by which they are listed. It may be empty.
 *
 * @since 0.1.0
 * @category checks
 */
export const prefixProblem = (
  place: Limits.Place,
  prefix: unknown,
  field: string = "prefix"
): Input.Problem | undefined => {
  if (typeof prefix !== "string") return Input.mismatch(place, field, "a string", prefix)
  if (prefix.length > Limits.limits.idLength) {
    return Limits.exceeded("idLength", `${field}.length`, prefix.length, place)
  }
  return isAscii(prefix) ? undefined : Input.invalid(
    place,
    field,
    `must have ASCII characters only, as ids do, and no NUL, got ${Input.show(prefix)}`
  )
}

/**
 * What is wrong with ids to fetch or to delete: a list of at least one, and at most as many as the limit allows.
 *
 * @since 0.1.0
 * @category checks
 */
export const listProblem = (
  place: Limits.Place,
  ids: unknown,
  limit: Limits.LimitName,
  field: string = "ids"
): Input.Problem | undefined =>
  Input.attempt(place, field, () => {
    if (!Input.isArray(ids)) return Input.mismatch(place, field, "a list of ids", ids)
    if (ids.length === 0) return Input.invalid(place, field, "must hold at least one id")
    const tooMany = Limits.check(limit, `${field}.length`, ids.length, place)
    if (tooMany !== undefined) return tooMany
    for (let i = 0; i < ids.length; i++) {
      const wrong = problem(place, ids[i], `${field}[${i}]`, `${field}[${i}].length`)
      if (wrong !== undefined) return wrong
    }
    return undefined
  })
