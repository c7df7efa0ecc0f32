import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"

/** The hash by which a secret is kept, and from which nobody gets the secret. */
export const hashOf = (secret: string): string => Crypto.createHash("sha256").update(secret).digest("hex")

/** A random secret behind a label that tells it from others. */
export const secret = Effect.sync(() => {
  const label = Crypto.randomBytes(3).toString("hex")
  return `${label}_${Crypto.randomBytes(24).toString("hex")}`
})

/** Whether two texts are the same, in a time that does not tell where they differ. */
export const sameText = (left: string, right: string): boolean =>
  Crypto.timingSafeEqual(
    Crypto.createHash("sha256").update(left).digest(),
    Crypto.createHash("sha256").update(right).digest()
  )

/** A token that was just given, and for how many seconds. */
export interface Issued {
  readonly token: Redacted.Redacted
  readonly expiresIn: number
}

/** The access tokens, each of a holder. They are gone after a restart. */
export interface Tokens {
  readonly issue: (holder: string) => Effect.Effect<Issued>
  readonly holderOf: (token: string) => Effect.Effect<string | undefined>
  /** Takes back a token of a holder. One that never was is taken back as well. */
  readonly revoke: (holder: string, token: string) => Effect.Effect<void>
  readonly revokeAll: (holder: string) => Effect.Effect<void>
}

export const make = (lifetime: Duration.Duration): Tokens => {
  const tokens = new Map<string, { readonly holder: string; readonly expiresAt: number }>()
  const life = Duration.toMillis(lifetime)
  return {
    issue: (holder) =>
      Effect.gen(function*() {
        const time = yield* Clock.currentTimeMillis
        for (const [hash, { expiresAt }] of tokens) if (expiresAt <= time) tokens.delete(hash)
        const token = yield* secret
        tokens.set(hashOf(token), { holder, expiresAt: time + life })
        return { token: Redacted.make(token), expiresIn: Math.floor(life / 1000) }
      }),
    holderOf: (token) =>
      Effect.map(Clock.currentTimeMillis, (time) => {
        const found = tokens.get(hashOf(token))
        return found !== undefined && time < found.expiresAt ? found.holder : undefined
      }),
    revoke: (holder, token) =>
      Effect.sync(() => {
        const hash = hashOf(token)
        if (tokens.get(hash)?.holder === holder) tokens.delete(hash)
      }),
    revokeAll: (holder) =>
      Effect.sync(() => {
        for (const [hash, token] of tokens) if (token.holder === holder) tokens.delete(hash)
      })
  }
}
