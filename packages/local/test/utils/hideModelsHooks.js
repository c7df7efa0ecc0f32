// @ts-check

/** @type {import("node:module").ResolveHook} */
export const resolve = (specifier, context, next) => {
  if (!/^@effect-pinecone\/local-models(\/|$)/.test(specifier)) return next(specifier, context)
  // As Node itself says it.
  const message = `Cannot find package '@effect-pinecone/local-models' imported from ${context.parentURL}`

  throw Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" })
}
