/** What property tests are made of. Another version of Effect has these modules at other places: they are named here alone. */
export * as Arbitrary from "effect/Arbitrary"
export * as FastCheck from "effect/FastCheck"
