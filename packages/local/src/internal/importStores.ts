import type { ObjectStoreError } from "@effect-pinecone/stores/ObjectStoreError"
import * as Stores from "@effect-pinecone/stores/Stores"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { FoundFile, FoundNamespace } from "./importFolder.js"
import { compare, completePath, ImportProblem, isParquet, noFiles, noNamespace, userError } from "./importFolder.js"
import { namespaceProblem } from "./records.js"

/** A bucket that the server may import from, and its credentials. */
export interface Integration extends Pick<Stores.Options, "s3" | "gcs" | "azure" | "https" | "retry" | "timeout"> {
  readonly uri: string
}

/** Which object stores a server imports from. */
export interface Remote {
  readonly integrations: { readonly [id: string]: Integration }
  /** Whether it reads what anyone can. */
  readonly public: boolean
}

/** Whether a URI is one of an object store, by its scheme. */
export const isRemote = (uri: string): boolean => /^(s3a?|gcs|gs|az|azure|https?):\/\//i.test(uri)

/** What cannot be kept of a URI, if there is any: it would be shown to all that list imports. */
export const secretIn = (uri: string): string | undefined =>
  /^https?:/i.test(uri) && (/[?#]/.test(uri) || /^https?:\/\/[^/]*@/i.test(uri))
    ? "uri must not have a query, a fragment or a user name, which can be secret: set the credentials in an integration of the server"
    : undefined

/** These are not for the user to fix. */
const ofStorage: ReadonlySet<string> = new Set(["Throttled", "Unavailable", "Connection", "Changed", "InvalidAnswer"])

/** What a store says, with its reason at the start. */
export const storeProblem = ({ message, reason }: ObjectStoreError): ImportProblem =>
  ofStorage.has(reason)
    ? new ImportProblem({ message: `Storage error: ${reason}: ${message}` })
    : userError(`${reason}: ${message}`)

/** Of web addresses all spellings of a path are one. */
const spelled = (uri: string): string => {
  const canonical = /^https?:/i.test(uri) && URL.canParse(uri) ? new URL(uri).href : uri
  return canonical.replace(/\/+$/, "")
}

const isWithin = (uri: string, root: string): boolean =>
  spelled(uri) === spelled(root) || spelled(uri).startsWith(`${spelled(root)}/`)

const anonymous: Stores.Options = {
  s3: { credentials: "anonymous" },
  gcs: { credentials: "anonymous" },
  azure: { credentials: "anonymous" }
}

/** The settings that a URI is read with, if the server reads it. */
export const settingsFor = (
  { integrations, public: isPublic }: Remote,
  uri: string,
  integrationId: string | undefined
): Effect.Effect<Stores.Options, ImportProblem> => {
  if (integrationId !== undefined && !(isPublic && !Object.hasOwn(integrations, integrationId))) {
    const integration = Object.hasOwn(integrations, integrationId) ? integrations[integrationId] : undefined
    if (integration === undefined) {
      return userError(
        `the integration "${integrationId}" is unknown: this server has ${
          Object.keys(integrations).map((id) => `"${id}"`).join(", ") || "none"
        }. Add it to the option integrations (--integrations FILE)`
      )
    }
    const { uri: root, ...options } = integration
    return isWithin(uri, root) ? Effect.succeed(options) : userError(
      `"${uri}" is not within ${root}, which the integration "${integrationId}" is for. Import from there, or add an integration`
    )
  }
  return isPublic ? Effect.succeed(anonymous) : userError(
    `"${uri}" cannot be imported without an integrationId: the embedded server imports from folders, and from the object stores ` +
      "of its integrations (--integrations FILE, or the option integrations). --allow-public-imports (the option publicImports) " +
      "allows what can be read without credentials"
  )
}

/** The stores of an import. */
export const layer = (options: Stores.Options): Layer.Layer<Stores.Stores> =>
  Layer.provide(Stores.layer(options), FetchHttpClient.layer)

/** The namespaces of a prefix with their files, in the order of their names. */
export const namespacesOf = (uri: string): Effect.Effect<ReadonlyArray<FoundNamespace>, ImportProblem> =>
  Effect.gen(function*() {
    const { key, store } = yield* Effect.mapError(Stores.open(uri), storeProblem)
    const folder = key.replace(/\/+$/, "")
    const prefix = folder === "" ? "" : `${folder}/`
    const top = folder === "" ? uri.replace(/\/+$/, "") : folder.slice(folder.lastIndexOf("/") + 1)
    const found = new Map<string, Array<FoundFile>>()
    yield* store.list(prefix).pipe(
      Stream.mapError(storeProblem),
      Stream.runForEach(({ key }) => {
        const [name = "", child, ...deeper] = key.slice(prefix.length).split("/")
        if (child === undefined) return isParquet(name) ? noNamespace(top, name) : Effect.void
        const namespace = decodedName(uri, name)
        const wrong = namespaceProblem(namespace)
        if (wrong !== undefined) return userError(`"${top}/${name}": ${wrong}`)
        return Effect.sync(() => {
          const files = found.get(namespace) ?? []
          found.set(namespace, files)
          if (deeper.length === 0 && isParquet(child)) {
            files.push({ path: store.uriOf(key), name: `${top}/${name}/${child}` })
          }
        })
      })
    )
    if (found.size === 0) return yield* isParquet(folder) ? completePath(top) : noFiles(uri)
    const namespaces = Array.from(found, ([namespace, files]) => ({
      namespace,
      files: files.sort((a, b) => compare(a.name, b.name))
    })).sort((a, b) => compare(a.namespace, b.namespace))
    const empty = namespaces.find(({ files }) => files.length === 0)
    return empty === undefined ? namespaces : yield* noFiles(`${uri.replace(/\/+$/, "")}/${empty.namespace}`)
  })

/** The keys of a web server are paths as they are sent. */
const decodedName = (uri: string, name: string): string => {
  if (!/^https?:/i.test(uri)) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

const Secret = Schema.Redacted(Schema.NonEmptyString)

const Keys = Schema.Struct({
  accessKeyId: Schema.NonEmptyString,
  secretAccessKey: Secret,
  sessionToken: Schema.optional(Secret)
})

const Ambient = Schema.Literal("environment", "anonymous")

/** The JSON of a service account's key, which stands in the file as Google gives it. */
const ServiceAccount = Schema.transform(
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  Schema.String,
  { strict: true, decode: (json) => JSON.stringify(json), encode: () => ({}) }
).pipe(Schema.compose(Secret))

const IntegrationOfFile = Schema.Struct({
  uri: Schema.NonEmptyString,
  s3: Schema.optional(Schema.Struct({
    endpoint: Schema.optional(Schema.NonEmptyString),
    region: Schema.optional(Schema.NonEmptyString),
    pathStyle: Schema.optional(Schema.Boolean),
    credentials: Schema.optional(Schema.Union(Keys, Schema.Struct({ profile: Schema.NonEmptyString }), Ambient))
  })),
  gcs: Schema.optional(Schema.Struct({
    endpoint: Schema.optional(Schema.NonEmptyString),
    credentials: Schema.optional(Schema.Union(
      Keys,
      Schema.Struct({ serviceAccount: ServiceAccount }),
      Schema.Struct({ token: Secret }),
      Ambient
    ))
  })),
  azure: Schema.optional(Schema.Struct({
    account: Schema.optional(Schema.NonEmptyString),
    endpoint: Schema.optional(Schema.NonEmptyString),
    credentials: Schema.optional(Schema.Union(
      Schema.Struct({ accountKey: Secret }),
      Schema.Struct({ sasToken: Secret }),
      Schema.Struct({ token: Secret }),
      Ambient
    ))
  })),
  https: Schema.optional(Schema.Struct({
    origin: Schema.NonEmptyString,
    headers: Schema.Record({ key: Schema.String, value: Secret })
  }))
})

const decodeOne = Schema.decodeUnknown(IntegrationOfFile, { onExcessProperty: "error" })

/** The integrations of a file. What is wrong with one is said by its name alone, since the rest can be secret. */
export const decode = (
  text: string
): Effect.Effect<{ readonly [id: string]: Integration }, { readonly message: string }> =>
  Effect.gen(function*() {
    const all = yield* Effect.mapError(
      Schema.decode(Schema.parseJson(Schema.Record({ key: Schema.NonEmptyString, value: Schema.Unknown })))(text),
      () => ({ message: "it is not a JSON object with an integration for each id" })
    )
    const found: Record<string, Integration> = {}
    for (const [id, value] of Object.entries(all)) {
      found[id] = yield* Effect.mapError(decodeOne(value), () => ({
        message:
          `the integration "${id}" does not have the form of the documentation: a uri, and s3, gcs, azure or https with its ` +
          "credentials"
      }))
    }
    return found
  })

/** What is wrong with the integrations, if anything. */
export const wrongIntegration = (integrations: Remote["integrations"]): string | undefined => {
  for (const [id, { uri }] of Object.entries(integrations)) {
    if (!isRemote(uri)) {
      return `integrations: the uri of "${id}" must start with s3://, gs://, azure:// or https://`
    }
    if (secretIn(uri) !== undefined) return `integrations: the uri of "${id}" must not have a query or a user name`
  }
  return undefined
}
