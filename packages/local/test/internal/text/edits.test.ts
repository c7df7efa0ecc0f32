import { expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import { within } from "../../../src/internal/text/edits.js"
import { editsBetween } from "../../utils/plainText.js"

/** Few letters, so that many words are near to each other. */
const Word = FastCheck.stringMatching(/^[abc]{0,8}$/)

it.prop(
  "a word is within as many edits of another as a full table of edits says",
  [Word, FastCheck.array(Word, { minLength: 1, maxLength: 5 }), FastCheck.constantFrom(0, 1, 2)],
  ([word, others, edits]) => {
    const isNear = within(word, edits)
    for (const other of others) {
      expect([word, other, isNear(other)]).toEqual([word, other, editsBetween(word, other) <= edits])
    }
  },
  { fastCheck: { numRuns: 3000 } }
)
