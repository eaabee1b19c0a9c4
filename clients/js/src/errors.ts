/** What is refused, and how it is said. No error carries an id, a key, a number of a document or bytes of the input. */

/** The refusals of a pass. The numbers are the protocol's and never change meaning. */
export const RefusalCode = {
  NOT_A_PASS: 1,
  UNSUPPORTED_VERSION: 2,
  MALFORMED: 3,
  TRUST_LIST_EXPIRED: 4,
  REVOCATION_DATA_STALE: 5,
  UNKNOWN_ISSUER_KEY: 6,
  ISSUER_KEY_NOT_VALID: 7,
  ISSUER_NOT_ALLOWED: 8,
  BAD_CLAIM_SIGNATURE: 9,
  EXPIRED: 10,
  HOLDER_PROOF_REQUIRED: 11,
  BAD_HOLDER_SIGNATURE: 12,
  PRESENTATION_STALE: 13,
  PRESENTATION_FROM_FUTURE: 14,
  WRONG_AUDIENCE: 15,
  WRONG_NONCE: 16,
  REPLAYED: 17,
  DOCUMENT_REQUIRED: 18,
  DOCUMENT_MISMATCH: 19,
  REVOKED: 20,
  CHECK_NOT_PERMITTED: 21,
  DOCUMENT_KEY_MISSING: 22,
  REPLAY_UNKNOWN: 23,
  PLACE_NOT_CERTIFIED: 24,
} as const;

export type RefusalName = keyof typeof RefusalCode;
export type RefusalCode = (typeof RefusalCode)[RefusalName];

/** The step of a verification, as docs/protocol.md numbers them. */
export type Step = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

/** A pass was refused, and nothing has changed. */
export class Refused extends Error {
  readonly code: RefusalCode;

  constructor(
    readonly refusal: RefusalName,
    /** The step that did not pass. */
    readonly step: Step,
    /** Which person of several, counted from 0, where the protocol says which. */
    readonly index?: number,
  ) {
    super(refusal);
    this.name = "Refused";
    this.code = RefusalCode[refusal];
  }
}

/** Why an update was not taken. Nothing has changed. */
export type UpdateCode =
  | "malformed"
  | "threshold"
  | "bad-signature"
  | "new-roots"
  | "weak-key"
  | "overlapping-windows"
  | "rollback"
  | "version-step"
  | "from-the-future"
  | "clock-behind"
  | "expired"
  | "too-many-rotations"
  | "no-trust-list"
  | "not-a-risk-office"
  | "not-a-registrar"
  | "place-expired"
  | "place-from-the-future"
  | "not-a-revoker"
  | "other-kid"
  | "slot"
  | "dropped-kid"
  | "other-snapshot"
  | "missing-filter"
  | "digest"
  | "capacity"
  | "un-revokes";

export class UpdateRefused extends Error {
  constructor(readonly code: UpdateCode) {
    super(code);
    this.name = "UpdateRefused";
  }
}

/** What a caller gave is no value of the kind that was asked for. */
export class BadInput extends Error {
  constructor(readonly code: string, sentence: string) {
    super(sentence);
    this.name = "BadInput";
  }
}
