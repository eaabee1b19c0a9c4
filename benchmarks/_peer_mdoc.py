"""A credential in the manner of ISO/IEC 18013-5 (mdoc), by hand on cbor2 and cryptography.

The issuer signs (ES256) an object with the digests of the data elements and the device's key; the device signs
(ES256) the session transcript. One element is disclosed. Two readers of it: one that knows the issuer's key, which is
the least that an mdoc can cost in Python, and one that checks the issuer's certificate, as the standard asks for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from benchmarks._peer import COLOR, ES256, EXPIRES, Peer, bare_p256, coordinates, der, p256_key, sign_p256
from benchmarks._world import NONCE, NOW

_DOC_TYPE = "org.example.health.1"
_SPACE = "org.example.health"
_X5CHAIN = 33
_PROTECTED = cbor2.dumps({1: -7})
_TRANSCRIPT = [None, None, ["healthpass-benchmark", NONCE]]
_START, _NOW, _END = (datetime.fromtimestamp(time, UTC) for time in (1_600_000_000, NOW, EXPIRES))

Resolve = Callable[[dict[int, Any]], ec.EllipticCurvePublicKey]
"""From the unprotected header of the issuer's signature to the issuer's key."""


@dataclass(frozen=True, slots=True)
class _Made:
    message: bytes
    signed: tuple[bytes, bytes]
    signatures: tuple[bytes, bytes]


def peers(count: int) -> list[Peer[bytes]]:
    """`count` device responses, each with a device key of its own, and two readers of them."""
    issuer, other = p256_key("mdoc issuer"), p256_key("somebody else")
    certificate, root = _certificate(issuer, p256_key("mdoc root"))
    known = issuer.public_key()
    chained = _by_certificate(root)
    wrong, _ = _certificate(issuer, other)
    return [
        _peer("mdoc by hand, issuer's key known", count, None, lambda _: known, []),
        _peer(
            "mdoc by hand, issuer's certificate checked",
            count,
            certificate,
            chained,
            [_make(issuer, p256_key("mdoc device 0"), p256_key("mdoc device 0"), wrong).message],
        ),
    ]


def message(certified: bool) -> bytes:
    """One device response, with the issuer's certificate or without."""
    issuer, device = p256_key("mdoc issuer"), p256_key("mdoc device 0")
    certificate = _certificate(issuer, p256_key("mdoc root"))[0] if certified else None
    return _make(issuer, device, device, certificate).message


def _peer(name: str, count: int, certificate: bytes | None, resolve: Resolve, forged: list[bytes]) -> Peer[bytes]:
    issuer, other = p256_key("mdoc issuer"), p256_key("somebody else")
    devices = [p256_key(f"mdoc device {number}") for number in range(count)]
    made = [_make(issuer, device, device, certificate) for device in devices]
    bare = []
    for each, device in zip(made, devices, strict=True):
        for key, signed, signature in zip((issuer, device), each.signed, each.signatures, strict=True):
            bare.append(bare_p256(key, signed, signature))
        if certificate is not None:
            bare.append(_bare_certificate(certificate))
    wrong_issuer = _make(other, devices[0], devices[0], certificate).message
    wrong_device = _make(issuer, devices[0], other, certificate).message
    return Peer(
        name=name,
        signatures=2 if certificate is None else 3,
        holder=True,
        messages=[each.message for each in made],
        verify=lambda message: _verify(message, resolve),
        bare=bare,
        forged=[wrong_issuer, wrong_device, *forged],
        whole=certificate is not None,
    )


def _verify(message: bytes, resolve: Resolve) -> dict[str, Any]:
    """The disclosed elements of a device response, once all signatures, the digests and the dates hold."""
    document = cbor2.loads(message)["documents"][0]
    protected, unprotected, payload, signature = document["issuerSigned"]["issuerAuth"]
    _check(resolve(unprotected), protected, payload, signature)
    mso = cbor2.loads(cbor2.loads(payload).value)
    if mso["docType"] != document["docType"] or mso["docType"] != _DOC_TYPE:
        raise ValueError("another type")
    validity = mso["validityInfo"]
    if not validity["validFrom"] <= _NOW < validity["validUntil"]:
        raise ValueError("not valid now")
    elements = {}
    for item in document["issuerSigned"]["nameSpaces"][_SPACE]:
        parsed = cbor2.loads(item.value)
        if hashlib.sha256(cbor2.dumps(item)).digest() != mso["valueDigests"][_SPACE][parsed["digestID"]]:
            raise ValueError("an element was changed")
        elements[parsed["elementIdentifier"]] = parsed["elementValue"]
    key = mso["deviceKeyInfo"]["deviceKey"]
    x, y = (int.from_bytes(key[label], "big") for label in (-2, -3))
    device = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    signed = document["deviceSigned"]
    protected, _, _, signature = signed["deviceAuth"]["deviceSignature"]
    _check(device, protected, _device_payload(signed["nameSpaces"]), signature)
    return elements


def _check(key: ec.EllipticCurvePublicKey, protected: bytes, payload: bytes, signature: bytes) -> None:
    if protected != _PROTECTED:
        raise ValueError("another algorithm")
    key.verify(der(signature), _sig_structure(payload), ES256)


def _sig_structure(payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", _PROTECTED, b"", payload])


def _device_payload(name_spaces: cbor2.CBORTag) -> bytes:
    authentication = cbor2.dumps(["DeviceAuthentication", _TRANSCRIPT, _DOC_TYPE, name_spaces])
    return cbor2.dumps(cbor2.CBORTag(24, authentication))


def _make(
    issuer: ec.EllipticCurvePrivateKey,
    device: ec.EllipticCurvePrivateKey,
    shown_by: ec.EllipticCurvePrivateKey,
    certificate: bytes | None,
) -> _Made:
    element = {"digestID": 0, "random": bytes(16), "elementIdentifier": "color", "elementValue": COLOR}
    item = cbor2.CBORTag(24, cbor2.dumps(element))
    x, y = coordinates(device)
    mso = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": {_SPACE: {0: hashlib.sha256(cbor2.dumps(item)).digest()}},
        "deviceKeyInfo": {"deviceKey": {1: 2, -1: 1, -2: x, -3: y}},
        "docType": _DOC_TYPE,
        "validityInfo": {"signed": _START, "validFrom": _START, "validUntil": _END},
    }
    payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(mso)))
    name_spaces = cbor2.CBORTag(24, cbor2.dumps({}))
    signed = _sig_structure(payload), _sig_structure(_device_payload(name_spaces))
    signatures = sign_p256(issuer, signed[0]), sign_p256(shown_by, signed[1])
    unprotected = {} if certificate is None else {_X5CHAIN: certificate}
    device_signature: list[object] = [_PROTECTED, {}, None, signatures[1]]
    document = {
        "docType": _DOC_TYPE,
        "issuerSigned": {
            "nameSpaces": {_SPACE: [item]},
            "issuerAuth": [_PROTECTED, unprotected, payload, signatures[0]],
        },
        "deviceSigned": {"nameSpaces": name_spaces, "deviceAuth": {"deviceSignature": device_signature}},
    }
    return _Made(cbor2.dumps({"version": "1.0", "documents": [document], "status": 0}), signed, signatures)


def _certificate(
    issuer: ec.EllipticCurvePrivateKey, root: ec.EllipticCurvePrivateKey
) -> tuple[bytes, x509.Certificate]:
    """The issuer's certificate by the root, and the root's own."""
    return _certify("issuer", issuer, root).public_bytes(Encoding.DER), _certify("root", root, root)


def _certify(name: str, key: ec.EllipticCurvePrivateKey, root: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, "root"))
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(1).not_valid_before(_START).not_valid_after(_END).sign(root, SHA256())


def _by_certificate(root: x509.Certificate) -> Resolve:
    def resolve(unprotected: dict[int, Any]) -> ec.EllipticCurvePublicKey:
        certificate = x509.load_der_x509_certificate(unprotected[_X5CHAIN])
        certificate.verify_directly_issued_by(root)
        if not certificate.not_valid_before_utc <= _NOW < certificate.not_valid_after_utc:
            raise ValueError("the certificate is not valid now")
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key

    return resolve


def _bare_certificate(certificate: bytes) -> Callable[[], object]:
    parsed = x509.load_der_x509_certificate(certificate)
    verify, signature = p256_key("mdoc root").public_key().verify, parsed.signature
    signed = parsed.tbs_certificate_bytes
    return lambda: verify(signature, signed, ES256)
