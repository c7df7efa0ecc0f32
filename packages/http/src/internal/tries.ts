import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Ref from "effect/Ref"

/** How often the running call has sent its request. */
export const currentTries: FiberRef.FiberRef<Ref.Ref<number>> = globalValue(
  "@effect-pinecone/http/internal/tries/current",
  () => FiberRef.unsafeMake(Ref.unsafeMake(0))
)
