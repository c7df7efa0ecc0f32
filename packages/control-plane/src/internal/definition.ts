import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import { ControlPlaneApi2026_04 } from "@effect-pinecone/http/ControlPlaneApi2026_04"

/** The definition of the version that a client speaks: those before 2026-07 are written and read as 2026-04. */
export const of = ({ apiVersion }: { readonly apiVersion: string }): typeof ControlPlaneApi =>
  apiVersion < "2026-07"
    // eslint-disable-next-line no-restricted-syntax -- the types are the same: what differs is how they are written.
    ? ControlPlaneApi2026_04 as unknown as typeof ControlPlaneApi
    : ControlPlaneApi
