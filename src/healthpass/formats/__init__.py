"""Bytes to values and back: pure functions, with no keys, no clock and no input or output.

`text` and `base45` hold what a QR code carries, `claim` and `presentation` the two templates behind it (`template`).
Everything that is not on a QR code goes through `cose` and the strict reader of `cbor`: `trust_list`, `attestation`,
`enrolment`.
"""
