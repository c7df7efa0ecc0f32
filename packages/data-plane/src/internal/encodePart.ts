import * as Input from "@effect-pinecone/schema/Input"
import type { Place } from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { type EncodeMetadata, isMetadataIssue, type MetadataIssue } from "@effect-pinecone/schema/RequestBody"
import * as Either from "effect/Either"

/** What is wrong with the metadata that an update sets: in one record, or in all that match a filter. */
const misfit = (at: Place, recordId: string | undefined, { message, path }: MetadataIssue) =>
  new PineconeError.InvalidMetadata({
    ...at,
    ...(recordId === undefined ? {} : { recordId }),
    path,
    message: `${recordId === undefined ? "setMetadata" : `record "${recordId}": its setMetadata`} does not fit the ` +
      `Schema of the index: ${message}`
  })

/** What an update sets, as it is stored. */
export const encodePart = <
  Update extends { readonly id?: string | undefined; readonly setMetadata?: object | undefined }
>(
  encode: EncodeMetadata<object>,
  at: Place,
  update: Update
): Either.Either<
  Update & { readonly setMetadata?: object | undefined },
  Input.Problem | PineconeError.InvalidMetadata
> => {
  const { id, setMetadata } = update
  if (setMetadata === undefined) return Either.right(update)
  const encoded = Input.attempt(at, "setMetadata", () => encode(setMetadata))
  if (Input.isInvalid(encoded)) return Either.left(encoded)
  return isMetadataIssue(encoded)
    ? Either.left(misfit(at, id, encoded))
    : Either.right({ ...update, setMetadata: encoded })
}
