import { isInstance } from "./guards.js"

/**
 * Where metadata does not fit its Schema, and why.
 *
 * @since 0.1.0
 * @category models
 */
export class MetadataIssue {
  constructor(
    readonly path: ReadonlyArray<string | number>,
    readonly message: string
  ) {}
}

/**
 * Whether a result is what is wrong with metadata, and not the metadata.
 *
 * @since 0.1.0
 * @category guards
 */
export const isMetadataIssue = (u: unknown): u is MetadataIssue => isInstance(u, MetadataIssue)
