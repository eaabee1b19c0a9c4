/** What is said at the gate, in English. */

import { type Sentences } from "../sentence.js";

export const en: Sentences = {
  admit: "Please go in.",
  refuse: "With this pass nobody is let in here today. Please turn back, or ask the staff.",
  assist: "Please go to the green channel: somebody will help you there.",
  noCheck: "Nobody is checked here. Please put your pass away.",
  ask: "Please also show the document that this pass belongs to.",
  nothingShown:
    "Not checked: no pass was shown. Please go to the green channel: somebody will help you there.",
  setUp:
    "Not checked: this scanner is set up wrongly. That is no fault of this person. Staff: help this person, turn Caps Lock off, and set the scanner's keyboard layout.",
  help: "Please go to the green channel: somebody will help you there.",
  refused: {
    NOT_A_PASS: "This is not a health pass. Show the health pass.",
    MALFORMED: "This pass cannot be read. Show it again, or ask for a new one.",
    UNKNOWN_ISSUER_KEY: "This scanner does not know who has signed this pass. Show another, or ask for a new one.",
    ISSUER_NOT_ALLOWED: "This pass says something that its key may not sign. Ask for a new one.",
    BAD_CLAIM_SIGNATURE: "This pass is not genuine. Ask for a new one.",
    EXPIRED: "This pass has expired. Show the pass of today.",
    HOLDER_PROOF_REQUIRED: "This pass must be shown live. Show it on the phone that holds it.",
    BAD_HOLDER_SIGNATURE: "This pass was not shown by the phone that holds it. Show it on that phone.",
    WRONG_AUDIENCE: "This showing was not made for this place. Scan the poster of this place, and show the pass again.",
    WRONG_NONCE:
      "This showing does not answer this scanner's question. Scan the code that it shows, and show the pass again.",
    REPLAYED: "This showing was seen before. Show the pass again.",
    DOCUMENT_MISMATCH: "This pass does not belong to that document. Show the document that it belongs to.",
    REVOKED: "This pass is no longer valid. Ask for a new one.",
  },
  notChecked: {
    NOT_A_PASS: "Not checked: the code was not read whole. Hold it still and show it again.",
    UNSUPPORTED_VERSION:
      "Not checked: this scanner is too old for this pass. Staff: help this person, and update the scanner.",
    MALFORMED: "Not checked: the code was not read whole. Hold it still and show it again.",
    TRUST_LIST_EXPIRED:
      "Not checked: this scanner's trust list is missing or too old, or its clock is wrong. Staff: help this person, connect the scanner and set its clock.",
    REVOCATION_DATA_STALE:
      "Not checked: this scanner's revocation data is missing or too old. Staff: help this person, and connect the scanner.",
    UNKNOWN_ISSUER_KEY:
      "Not checked: this scanner's trust list is over a day old, and lacks this pass's key. Staff: help this person, and connect the scanner.",
    ISSUER_KEY_NOT_VALID:
      "Not checked: by this scanner's clock this pass is not valid yet. Show the pass of today. Staff: look at the clock.",
    EXPIRED:
      "Not checked: by this scanner's clock this pass has just expired. Show the pass of today. Staff: look at the clock.",
    PRESENTATION_STALE:
      "Not checked: by the clocks this showing is too old. Show the pass again, and set the phone's clock.",
    PRESENTATION_FROM_FUTURE:
      "Not checked: by the clocks this showing is from the future. Set the phone's clock and show the pass again.",
    WRONG_AUDIENCE:
      "Not checked: this pass was shown for no place. Scan the poster of this place and show the pass again. Staff: put the poster up.",
    DOCUMENT_REQUIRED:
      "Not checked: this pass belongs to a document, and this scanner reads none. Please go to the staff, with the document.",
    DOCUMENT_KEY_MISSING:
      "Not checked: this scanner cannot compare documents. Staff: help this person, and give the scanner its document keys.",
    REPLAY_UNKNOWN:
      "Not checked: this scanner cannot tell yet what it was shown before. Show the pass again in two minutes.",
    PLACE_NOT_CERTIFIED:
      "Not checked: nothing in force says that this scanner may check here. Staff: renew its certificate, connect it, set its clock.",
  },
  between: " ",
};
