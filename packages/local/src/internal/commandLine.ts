import * as Either from "effect/Either"
import type { Parsed, Values } from "./flags.js"
import * as flags from "./flags.js"
import { indexOf } from "./indexText.js"
import * as values from "./values.js"

const { many, one, toggle } = flags

const command = "pinecone-local"

const prefix = "PINECONE_LOCAL"

export const logLevels = ["none", "error", "warn", "info", "debug"] as const

const listening = {
  "port": one("PORT", values.integer(0, 65_535), {
    help: "Port of the control plane. Each index gets a port of its own: the next ones that are free. " +
      "0 picks free ports for all.",
    otherwise: "5080"
  }),
  "host": one("ADDRESS", values.text, {
    help: "Address to listen on. 0.0.0.0 is every address of this machine.",
    otherwise: "127.0.0.1"
  }),
  "public-host": one("NAME", values.hostName, {
    help: "Name that clients reach the server by. It is in the URL of the server and the hosts of the indexes.",
    otherwise: "--host, or 127.0.0.1 if that is every address"
  }),
  "one-port": toggle({
    help: "Serve every index on the port of the control plane, at http://INDEX.localhost:PORT, or " +
      "INDEX.NAME with --public-host NAME."
  }),
  "cors": many("ORIGIN", values.origin, ",", {
    help: "Origin whose pages can call the server from a browser, such as http://localhost:3000, or * for all.",
    otherwise: "none"
  }),
  "console-writes": toggle({
    help: "Let the console at / delete records and cancel imports, where @effect-pinecone/console is installed."
  }),
  "tls-cert": one("FILE", values.text, { help: "Certificate of the server, in PEM: serves everything over TLS." }),
  "tls-key": one("FILE", values.text, { help: "Private key of the certificate, in PEM." }),
  "tls-client-ca": one("FILE", values.text, {
    help: "Certificates of authorities, in PEM. A client must present a certificate signed by one of them."
  })
}

const keeping = {
  "data": one("FOLDER", values.text, {
    help: "Folder that keeps the data, created if needed.",
    otherwise: "a temporary folder, removed when the server ends"
  }),
  "memory": toggle({ help: "Keep nothing, which is the default; it overrides PINECONE_LOCAL_DATA." }),
  "memory-limit": one("SIZE", values.size, {
    help: "Memory for the vectors that searches need, such as 512MB or 2GiB.",
    otherwise: "no limit"
  }),
  "index": many("name=N,dimension=D", indexOf, ";", {
    help: "Index to create at the start if it does not exist: name=movies,dimension=384,metric=cosine. " +
      "Other keys: vector_type, cloud, region."
  }),
  "indexes": one("FILE", values.text, {
    help: "JSON file with an array of create-index requests, as the API takes them: the same for many indexes."
  }),
  "import-root": one("FOLDER", values.text, {
    help: "Folder that bulk imports must be within.",
    otherwise: "no imports"
  }),
  "allow-any-import": toggle({ help: "Import from every folder of this machine." }),
  "integrations": one("FILE", values.text, {
    help:
      "JSON file with the object stores that bulk imports can read, by their integration ids, and their credentials.",
    otherwise: "none"
  }),
  "allow-public-imports": toggle({
    help: "Import from every bucket and web server that can be read without credentials, also those of this network."
  })
}

const allowing = {
  "api-key": many("KEY", values.text, ",", {
    help: "API key to accept.",
    otherwise: "accept every request",
    secret: true
  }),
  "admin-client-id": one("ID", values.text, {
    help: "Client id of a service account: serves the admin API, and every request needs a key."
  }),
  "admin-client-secret": one("SECRET", values.text, {
    help: "Client secret of the service account. Prefer a variable: others can see a command line.",
    secret: true,
    aliases: ["PINECONE_CLIENT_SECRET"]
  })
}

const behaving = {
  "stand-in-models": toggle({ help: "Let the server's own models answer for the models that Pinecone hosts." }),
  "indexing-delay": one("DURATION", values.delay, {
    help: "How long a write takes to become visible to reads, such as \"200 millis\" or \"100 millis..2 seconds\".",
    otherwise: "none"
  }),
  "indexing-delay-seed": one("SEED", values.text, {
    help: "Seed for the delays between two durations.",
    otherwise: "1"
  }),
  "slow-lifecycle": one("DURATION", values.duration, {
    help: "How long each state of an index, a backup or a collection lasts: a new index is Initializing for this time.",
    otherwise: "none"
  }),
  "fault-throttle": one("SHARE", values.share, {
    help: "Share of requests to answer with 429, from 0 to 1.",
    otherwise: "0"
  }),
  "fault-fail": one("SHARE", values.share, {
    help: "Share of requests to answer with 503, from 0 to 1.",
    otherwise: "0"
  }),
  "fault-latency": one("DURATION", values.duration, {
    help: "Time to add to every request, such as \"50 millis\".",
    otherwise: "none"
  }),
  "fault-seed": one("SEED", values.text, { help: "Seed that decides which requests these are.", otherwise: "1" })
}

const saying = {
  "log-level": one("LEVEL", values.oneOf(...logLevels), {
    help: `What to log on stderr: ${logLevels.join(", ")}. "info" logs every request.`,
    otherwise: "warn"
  }),
  "log-format": one("FORMAT", values.oneOf("logfmt", "json"), {
    help: "Form of the log: logfmt or json.",
    otherwise: "logfmt"
  })
}

const groups = {
  "Where it listens": listening,
  "What it keeps": keeping,
  "Who can use it": allowing,
  "How it behaves": behaving,
  "What it logs": saying
}

const all = { ...listening, ...keeping, ...allowing, ...behaving, ...saying }

export type Settings = Values<typeof all>

/** What the command is asked for. */
export type Asked =
  | { readonly _tag: "Help"; readonly text: string }
  | { readonly _tag: "Version" }
  | { readonly _tag: "Serve"; readonly settings: Settings }

const helpText = `Pinecone on this machine: an embedded server that speaks its API.

Usage: ${command} [flags]

${flags.help(prefix, groups)}

Other:
  --help, -h                Show this text.
  --version                 Show the version.

A flag wins over its environment variable.`

/** What several flags say together. */
const together = ({ sources, values }: Parsed<typeof all>): Either.Either<Settings, string> => {
  if (values.memory && values.data !== undefined) {
    if (sources.memory === sources.data) {
      return Either.left("--memory and --data cannot be used together: leave one out")
    }
    return together({
      sources,
      values: sources.memory === "flag" ? { ...values, data: undefined } : { ...values, memory: false }
    })
  }
  const files = [values["tls-cert"], values["tls-key"]].filter((file) => file !== undefined).length
  if (files === 1 || (files === 0 && values["tls-client-ca"] !== undefined)) {
    return Either.left("TLS needs both --tls-cert and --tls-key.")
  }
  // The usual variable may be in the environment for a client.
  const secret = sources["admin-client-secret"]
  if (
    values["admin-client-id"] === undefined
      ? secret === "flag" || secret === "variable"
      : secret === "nowhere"
  ) {
    return Either.left("The admin API needs both --admin-client-id and --admin-client-secret.")
  }
  const faults = (values["fault-throttle"] ?? 0) + (values["fault-fail"] ?? 0)
  if (faults > 1) {
    return Either.left(`--fault-throttle and --fault-fail must be at most 1 together, got ${faults}`)
  }
  return Either.right(values)
}

/** Reads the command line and the environment, or says in one line what is wrong with them. */
export const parse = (
  args: ReadonlyArray<string>,
  env: { readonly [name: string]: string | undefined }
): Either.Either<Asked, string> => {
  if (args.includes("--help") || args.includes("-h")) return Either.right({ _tag: "Help", text: helpText })
  if (args.includes("--version")) return Either.right({ _tag: "Version" })
  return flags.parse(all, { args, env, prefix, command }).pipe(
    Either.flatMap(together),
    Either.map((settings) => ({ _tag: "Serve", settings }))
  )
}
