/** A part of a path, with everything escaped that signatures escape. */
export const segment = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** A text without its escapes, or undefined where these are none. */
export const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** A URI that was understood. */
export type Place =
  | { readonly _tag: "S3"; readonly bucket: string; readonly key: string; readonly region?: string | undefined }
  | { readonly _tag: "Gcs"; readonly bucket: string; readonly key: string }
  | {
    readonly _tag: "Azure"
    readonly account: string | undefined
    readonly host: string | undefined
    readonly container: string
    readonly key: string
  }
  | { readonly _tag: "Web"; readonly origin: string; readonly path: string; readonly query: string }
  | { readonly _tag: "File"; readonly url: string }

/** What is wrong with a URI, and what to write. */
export interface Wrong {
  readonly wrong: string
}

const wrong = (wrong: string): Wrong => ({ wrong })

const azureHost =
  /^([a-z0-9]{3,24})\.(?:blob|dfs)\.(core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net)$/

const s3Host = /^(?:(.+)\.)?s3[.-](?:dualstack\.)?(?:([a-z0-9-]+)\.)?amazonaws\.com$/

const split = (path: string): readonly [string, string] => {
  const slash = path.indexOf("/")
  return slash < 0 ? [path, ""] : [path.slice(0, slash), path.slice(slash + 1)]
}

const bucketOf = (scheme: string, rest: string): Wrong | { readonly bucket: string; readonly key: string } => {
  const [bucket, key] = split(rest)
  return /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,221}[a-zA-Z0-9]$/.test(bucket)
    ? { bucket, key }
    : wrong(`write it as ${scheme}://BUCKET/KEY`)
}

const containerOf = (account: string | undefined, host: string | undefined, path: string): Place | Wrong => {
  const [container, key] = split(path)
  return /^[a-z0-9$](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(container)
    ? { _tag: "Azure", account, host, container, key }
    : wrong("write it as azure://CONTAINER/KEY, or https://ACCOUNT.blob.core.windows.net/CONTAINER/KEY")
}

const webOf = (uri: string): Place | Wrong => {
  if (!URL.canParse(uri)) return wrong("it is not a URL")
  const url = new URL(uri)
  if (url.username !== "" || url.password !== "") {
    return wrong("a user name or a password must not be in it: set a header instead")
  }
  // The path as it stands: a URL would have folders resolved that an object store has in its keys.
  const path = decode(url.pathname.slice(1))
  if (path === undefined) return wrong("it has a % that begins no character")
  const azure = azureHost.exec(url.hostname)
  const s3 = s3Host.exec(url.hostname)
  const isGoogle = url.hostname === "storage.googleapis.com" || url.hostname.endsWith(".storage.googleapis.com")
  if (url.search !== "" && (azure !== null || s3 !== null || isGoogle)) {
    return wrong("it must not have a query: set a signature as a credential")
  }
  if (azure !== null) return containerOf(azure[1], `${url.protocol}//${url.host}`, path)
  if (s3 !== null) {
    const found = s3[1] === undefined ? bucketOf("s3", path) : { bucket: s3[1], key: path }
    return "wrong" in found ? found : { _tag: "S3", ...found, region: s3[2] }
  }
  if (isGoogle) {
    const own = url.hostname === "storage.googleapis.com"
      ? undefined
      : url.hostname.slice(0, -".storage.googleapis.com".length)
    const found = own === undefined ? bucketOf("gs", path) : { bucket: own, key: path }
    return "wrong" in found ? found : { _tag: "Gcs", ...found }
  }
  return { _tag: "Web", origin: url.origin, path: url.pathname.slice(1), query: url.search }
}

/** A dot that stands for a folder would be left out of the path that is sent. */
export const hasDots = (key: string): boolean => key.split("/").some((part) => part === "." || part === "..")

const placeOf = (uri: string): Place | Wrong => {
  const [, scheme = "", rest = ""] = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/(.*)$/s.exec(uri) ?? []
  switch (scheme.toLowerCase()) {
    case "s3":
    case "s3a": {
      const found = bucketOf("s3", rest)
      return "wrong" in found ? found : { _tag: "S3", ...found }
    }
    case "gs":
    case "gcs": {
      const found = bucketOf("gs", rest)
      return "wrong" in found ? found : { _tag: "Gcs", ...found }
    }
    case "az":
    case "azure": {
      const [host, path] = split(rest)
      const azure = azureHost.exec(host)
      return azure === null ? containerOf(undefined, undefined, rest) : containerOf(azure[1], `https://${host}`, path)
    }
    case "http":
    case "https":
      return webOf(uri)
    case "file":
      return { _tag: "File", url: uri }
    default:
      return wrong("use s3://, gs://, azure://, https:// or file://")
  }
}

/** Reads a URI. */
export const read = (uri: string): Place | Wrong => {
  const place = placeOf(uri)
  return "key" in place && hasDots(place.key) ? wrong("a part of its path must not be . or ..") : place
}
