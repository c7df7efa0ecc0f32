import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import * as problem from "../problem.js"
import * as respond from "../respond.js"
import type { FileDocument } from "./assistants.js"
import { AssistantsTag } from "./assistants.js"
import type { Kind } from "./documents.js"

/** Addresses of files that need no API key, for a while. */
interface Links {
  /** The address that gives the bytes of a file. */
  readonly to: (assistant: string, file: FileDocument) => Effect.Effect<string>
  /** What answers at such an address. */
  readonly app: HttpApp.Default
}

export class LinksTag extends Context.Tag("@effect-pinecone/local/internal/Links")<LinksTag, Links>() {}

const validity = Duration.hours(1)

const contentTypes: Readonly<Record<Kind, string>> = {
  text: "text/plain; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  json: "application/json",
  pdf: "application/pdf",
  doc_x: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
}

/** Neither an assistant's name nor a file's id has a character that stands otherwise in an address. */
const pattern = /^\/assistant\/content\/([a-z0-9-]+)\/([\w-]+)\?expires=(\d{1,15})&signature=([\w-]+)$/

const invalid = problem.forbidden("The address of this file is invalid or has expired.")

const make = Effect.map(
  Effect.all([AssistantsTag, FileSystem.FileSystem, Effect.sync(() => randomBytes(32))]),
  ([assistants, fs, secret]): Links => {
    const signature = (...parts: ReadonlyArray<string | number>) =>
      createHmac("sha256", secret).update(JSON.stringify(parts)).digest()

    const serve = (url: string) =>
      Effect.gen(function*() {
        const found = pattern.exec(url)
        if (found === null) return yield* invalid
        const [, assistant = "", id = "", until = "", signed = ""] = found
        const expires = Number(until)
        const file = yield* Effect.mapError(assistants.file(assistant, id), () => invalid)
        const given = Buffer.from(signed, "base64url")
        const right = signature(assistant, id, file.revision, expires)
        if (given.length !== right.length || !timingSafeEqual(given, right)) return yield* invalid
        if ((yield* Clock.currentTimeMillis) > expires) return yield* invalid
        return HttpServerResponse.stream(fs.stream(yield* assistants.pathOf(assistant, file)), {
          contentType: contentTypes[file.kind],
          contentLength: file.size,
          headers: {
            "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
            "x-content-type-options": "nosniff"
          }
        })
      })

    return {
      to: (assistant, file) =>
        Effect.gen(function*() {
          const expires = (yield* Clock.currentTimeMillis) + Duration.toMillis(validity)
          const signed = signature(assistant, file.id, file.revision, expires).toString("base64url")
          const path = `/assistant/content/${assistant}/${file.id}`
          return `${yield* assistants.host}${path}?expires=${expires}&signature=${signed}`
        }),
      app: Effect.flatMap(
        HttpServerRequest.HttpServerRequest,
        ({ method, url }) =>
          respond.answering("assistant")(
            method === "GET" ? serve(url) : problem.notFound(`There is no ${method} ${url.split("?")[0]}.`)
          )
      )
    }
  }
)

/** The links of a server, whose secret is its own. */
export const layer: Layer.Layer<LinksTag, never, AssistantsTag | FileSystem.FileSystem> = Layer.effect(LinksTag, make)
