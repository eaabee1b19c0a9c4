/** An offline verifier of health passes. docs/protocol.md of the project says what it does, step by step. */

export { backend } from "./crypto/ed25519.js";
export { type Decision, Outcome, type Fault, type Refusal, type Verdict } from "./outcome.js";
export { BadInput, Refused, RefusalCode, type RefusalName, type Step, type UpdateCode, UpdateRefused } from "./errors.js";
export { type Color } from "./formats/claim.js";
export { type Document, type DocumentType, normalDocument } from "./formats/document-number.js";
export { type Language, LANGUAGES, type Sentences } from "./sentence.js";
export { type DocumentCheck } from "./steps/documents.js";
export { type BundleReport, type Filters, type PinnedRoots, TrustStore } from "./trust/store.js";
export { Verifier, type Showing, type VerifierOptions } from "./verifier.js";
export { reading } from "./wedge.js";
