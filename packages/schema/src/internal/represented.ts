import { isObject } from "./guards.js"

/** Whether JSON has no place for a value: as a property it is left out, as an item it is `null`. */
export const isAbsent = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol"

/** What stands for a value in JSON, as `JSON.stringify` asks for it. */
export const represented = (value: unknown, key: string): unknown => {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    const toJSON = "toJSON" in value ? value.toJSON : undefined
    if (typeof toJSON === "function") return toJSON.call(value, key)
  }
  return value
}

/** What stands for an object in JSON, if that is an object too, and no list. */
export const representedObject = (value: unknown): { readonly [key: string]: unknown } | undefined => {
  const standing = represented(value, "")
  return isObject(standing) && !ArrayBuffer.isView(standing) ? standing : undefined
}
