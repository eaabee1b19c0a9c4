"""What the pages in docs/ show of the code: tables, numbers and the worked example. `python -m tests.pages` writes it.

A page marks such a place with `<!-- code: NAME -->` before and `<!-- end -->` after; tests/project/test_docs.py says
whether what stands between is still what the code gives. The layout of a message is written down here a second time,
byte by byte, and held to the library's templates by that test.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import segno
from benchmarks import targets

from healthpass import Color, RefusalCode
from healthpass.crypto.document_tag import document_seed, document_tag
from healthpass.errors import SENTENCES
from healthpass.formats import (
    area_table,
    assisted,
    assisted_envelope,
    attestation,
    base45,
    batch,
    cbor,
    cose,
    document,
    document_keys,
    enrolment,
    period,
    platform,
    station,
    trust_list,
    window,
)
from healthpass.formats import claim as claim_format
from healthpass.formats import place as place_format
from healthpass.formats import presentation as presentation_format
from healthpass.formats.check_policy import ON_PAPER, ON_PHONE, default_policy
from healthpass.formats.claim import ANY_BINDING, Binding, Claim
from healthpass.formats.place import PlaceClass
from healthpass.formats.platform import Platform
from healthpass.formats.presentation import Shape, template_of
from healthpass.formats.revocation import messages
from healthpass.formats.template import Template
from healthpass.formats.text import encode_place_text, encode_text
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.trust import assisted as trust_assisted
from healthpass.trust import station_list, updates
from healthpass.verifier import Sentences
from tests import command_reference, making, placing, vector_tables
from tests.clocks.table import rows as comparisons_of_times
from tests.codes import table as code_words

DOCS = Path(__file__).parents[1] / "docs"
PLACES = re.compile(r"(<!-- code: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Piece = tuple[bytes | tuple[str, int], str]
"""Constant bytes, or a hole's name and size; and what they mean."""

BINDING_NAMES = {Binding.DEVICE: "device", Binding.DOCUMENT: "document", Binding.BOTH: "both"}

# ---- Layouts -----------------------------------------------------------------------------------------------------

_CNF = "8 (cnf): map of 1; 1 (COSE_Key): map of 3; 1 (kty): 1 (OKP); -1 (crv): 6 (Ed25519); -2 (x): byte string of 32"


def claim_pieces(binding: Binding) -> list[Piece]:
    """A claim, byte by byte."""
    bound_to_key, bound_to_document = binding != Binding.DOCUMENT, binding != Binding.DEVICE
    size = 19 + 8 * bound_to_document + 43 * bound_to_key
    pieces: list[Piece] = [
        (b"\xd2", "tag 18: COSE_Sign1"),
        (b"\x84", "array of 4"),
        (b"\x49", "protected header: byte string of 9"),
        (b"\xa2\x01\x32", "map of 2; 1 (alg): -19 (Ed25519)"),
        (b"\x04\x44", "4 (kid): byte string of 4"),
        (("kid", 4), "the issuer's key, and so the window"),
        (b"\xa0", "unprotected header: empty map"),
        (bytes((0x58, size)), f"payload: byte string of {size}"),
        (bytes((0xA3 + bound_to_document + bound_to_key,)), f"map of {3 + bound_to_document + bound_to_key}"),
        (b"\x04\x1a", "4 (exp): unsigned integer of 4 bytes"),
        (("exp", 4), "end of the window, big-endian"),
        (b"\x07\x44", "7 (cti): byte string of 4"),
        (("cti", 4), "the slot, big-endian"),
    ]
    if bound_to_key:
        pieces += [(b"\x08\xa1\x01\xa3\x01\x01\x20\x06\x21\x58\x20", _CNF), (("key", 32), "the holder's one-time key")]
    pieces += [(b"\x3a\x00\x01\x00\x00", "-65537 (colour)"), (("color", 1), "01 green, 02 yellow, 03 red")]
    if bound_to_document:
        pieces += [
            (b"\x3a\x00\x01\x00\x01\x42", "-65538 (document tag): byte string of 2"),
            (("tag", 2), "document tag"),
        ]
    return [*pieces, (b"\x58\x40", "signature: byte string of 64"), (("signature", 64), "by the issuer's key")]


def presentation_pieces(shape: Shape) -> list[Piece]:
    """A presentation, byte by byte."""
    binding, audience, nonce, members = shape
    claim = claim_pieces(binding)
    claim_size = size_of(claim)
    entries = 1 + audience + nonce + (members > 0)
    payload: list[Piece] = [(bytes((0xA0 + entries,)), f"map of {entries}")]
    if audience:
        payload += [(b"\x03\x70", "3 (aud): text of 16"), (("aud", 16), "place id: 16 digits, 0-9 and a-f")]
    payload += [(b"\x06\x1a", "6 (iat): unsigned integer of 4 bytes"), (("iat", 4), "time of the showing, big-endian")]
    if nonce:
        payload += [(b"\x18\x27\x50", "39 (nonce): byte string of 16"), (("nonce", 16), "the scanner's challenge")]
    if members:
        payload += [(b"\x3a\x00\x01\x00\x02" + bytes((0x80 + members,)), f"-65539 (members): array of {members}")]
    for n in range(1, members + 1):
        payload += [
            (b"\x84\x44", f"member {n}: array of 4; byte string of 4"),
            ((f"cti{n}", 4), "slot"),
            ((f"color{n}", 1), "colour"),
            (b"\x42", "byte string of 2"),
            ((f"tag{n}", 2), "document tag"),
            (b"\x58\x40", "byte string of 64"),
            ((f"signature{n}", 64), "by the issuer's key, over this member's rebuilt claim"),
        ]
    size = size_of(payload)
    head = (
        (bytes((0x40 + size,)) if size < 24 else bytes((0x58, size)))
        if size < 256
        else b"\x59" + size.to_bytes(2, "big")
    )
    return [
        (b"\xd2", "tag 18: COSE_Sign1"),
        (b"\x84", "array of 4"),
        (bytes((0x58, claim_size + 4)), f"protected header: byte string of {claim_size + 4}"),
        (b"\xa2\x01\x32", "map of 2; 1 (alg): -19 (Ed25519)"),
        (b"\x0d", "13 (kcwt): the claim"),
        *claim,
        (b"\xa0", "unprotected header: empty map"),
        (head, f"payload: byte string of {size}"),
        *payload,
        (b"\x58\x40", "signature: byte string of 64"),
        (("holder_signature", 64), "by the holder's key"),
    ]


def place_pieces() -> list[Piece]:
    """A place certificate, byte by byte."""
    return [
        (b"\xd2", "tag 18: COSE_Sign1"),
        (b"\x84", "array of 4"),
        (b"\x58\x49", "protected header: byte string of 73"),
        (b"\xa3\x01\x32", "map of 3; 1 (alg): -19 (Ed25519)"),
        (b"\x04\x58\x20", "4 (kid): byte string of 32"),
        (("key", 32), "the registrar's public key"),
        (b"\x10\x78\x20", "16 (typ): text of 32"),
        (b"application/vnd.healthpass.place", "`application/vnd.healthpass.place`"),
        (b"\xa0", "unprotected header: empty map"),
        (b"\x58\x21", "payload: byte string of 33"),
        *place_payload_pieces(),
        (b"\x58\x40", "signature: byte string of 64"),
        (("signature", 64), "by the registrar's key"),
    ]


def place_payload_pieces() -> list[Piece]:
    return [
        (b"\xa6\x01\x01", "map of 6; 1 (format): 1"),
        (b"\x02\x48", "2 (place id): byte string of 8"),
        (("id", 8), "place id; an audience is its 16 hexadecimal digits"),
        (b"\x03", "3 (class)"),
        (("class", 1), "01 to 17: 1 to 23"),
        (b"\x04\x44", "4 (area code): byte string of 4"),
        (("area", 4), "area code, big-endian"),
        (b"\x05\x1a", "5 (issued): unsigned integer of 4 bytes"),
        (("issued", 4), "time of issue, big-endian"),
        (b"\x06\x1a", "6 (expires): unsigned integer of 4 bytes"),
        (("expires", 4), "at most 30 days later, big-endian"),
    ]


def assisted_query_pieces() -> list[Piece]:
    """The envelope of an assisted query, byte by byte."""
    return [
        (b"\x84\x01", "array of 4; format: 1"),
        (b"\x58\x20", "byte string of 32"),
        (("region", 32), "the public key of the region to bring it to"),
        (b"\x58\x20", "byte string of 32"),
        (("sealing_key", 32), "which of the region's sealing keys opens it"),
        (b"\x59\x02\xb0", "byte string of 688"),
        (("sealed", 688), "sealed box with a block of 640"),
    ]


def assisted_answer_pieces() -> list[Piece]:
    """The envelope of an assisted answer, byte by byte."""
    return [
        (b"\x82\x01", "array of 2; format: 1"),
        (b"\x59\x01\x90", "byte string of 400"),
        (("sealed", 400), "sealed box with a block of 352"),
    ]


def size_of(pieces: list[Piece]) -> int:
    return Template(*(what for what, _ in pieces)).size


def layout(pieces: list[Piece], claim_at: int | None = None) -> str:
    """Offset, size, bytes and meaning; with `claim_at` the claim's own bytes in one row."""
    rows, at = [], 0
    for what, meaning in pieces:
        size = len(what) if isinstance(what, bytes) else what[1]
        shown = f"`{what.hex(' ')}`" if isinstance(what, bytes) else f"**{what[0]}**"
        rows.append((at, size, shown, meaning))
        at += size
    if claim_at is not None:
        inner = [row for row in rows if row[0] >= claim_at]
        end = next(n for n, row in enumerate(inner) if row[2] == "**signature**") + 1
        size = sum(row[1] for row in inner[:end])
        claim = (claim_at, size, "claim", "as in its own table; offsets there are from here")
        rows = [*(row for row in rows if row[0] < claim_at), claim, *inner[end:]]
    return _table(("offset", "size", "bytes", "meaning"), rows, "rrll")


def shapes() -> str:
    """All 36 shapes, with the offsets of what is not constant."""
    rows = []
    for shape in making.SHAPES:
        binding, _, _, members = shape
        template = template_of(shape)
        text = encode_text(making.present_shape(shape))
        where = [str(template.fields[n].start) if n in template.fields else "" for n in ("aud", "iat", "nonce", "cti1")]
        holder = template.fields["holder_signature"].start
        rows.append((template.size, BINDING_NAMES[binding], members, *where, holder, len(text), qr(text)))
    head = (
        "bytes",
        "binding",
        "members",
        "aud at",
        "iat at",
        "nonce at",
        "cti1 at",
        "signature at",
        "characters",
        "QR",
    )
    return _table(head, sorted(rows), "rlrrrrrrrl")


def claim_sizes() -> str:
    rows = []
    for binding, name in BINDING_NAMES.items():
        template = claim_format.TEMPLATES[binding]
        where = [str(template.fields[n].start) if n in template.fields else "" for n in CLAIM_FIELDS]
        rows.append((template.size, name, *where))
    return _table(("bytes", "binding", *(f"{name} at" for name in CLAIM_FIELDS)), rows, "rlrrrrrrr")


CLAIM_FIELDS = ("kid", "exp", "cti", "key", "color", "tag", "signature")


def qr(text: str) -> str:
    """The smallest symbol at the lowest error correction."""
    return str(segno.make(text, micro=False, error="l", boost_error=False, mode="alphanumeric").designator)


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]], align: str) -> str:
    rules = {"l": "---", "r": "---:"}
    lines = [head, tuple(rules[each] for each in align), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


# ---- Numbers -----------------------------------------------------------------------------------------------------


def refusals() -> str:
    return _table(
        ("code", "name", "what the person is told"), [(c.value, c.name, SENTENCES[c]) for c in RefusalCode], "rll"
    )


WHEN_SAID = {
    "admit": "`ADMIT`",
    "refuse": "`REFUSE`, by a colour",
    "assist": "`ASSIST`, by a colour",
    "no-check": "`NO_CHECK`",
    "ask": "`ASK`",
    "nothing-shown": "`ASSIST`, nothing shown",
    "set-up": "`ASSIST`, the scanner's set-up",
    "help": "help",
    "refused": "refused",
    "not-checked": "not checked",
}


def said() -> str:
    """What is said at the gate, in both languages."""
    english, chinese = (tomllib.loads(Sentences.shipped(language).to_toml()) for language in ("en", "zh"))
    rows = []
    for key, when in WHEN_SAID.items():
        if isinstance(english[key], str):
            rows.append((when, english[key], chinese[key]))
            continue
        for name, sentence in english[key].items():
            code = RefusalCode[name.upper().replace("-", "_")]
            rows.append((f"{when}: {code.value}", sentence, chinese[key][name]))
    return _table(("when", "English", "Chinese"), rows, "lll")


ASKED = {0: "no", ON_PAPER: "for paper", ON_PHONE: "on phones", ON_PAPER | ON_PHONE: "yes"}


def policy() -> str:
    """The shipped policy, as people read it."""
    rows = []
    for rule in default_policy().rules:
        admitted, assisted = (
            ", ".join(color.name.lower() for color in Color if test(color)) for test in (rule.admits, rule.assists)
        )
        name = PlaceClass(rule.place_class).name.lower().replace("_", " ")
        asks = (ASKED[rule.documents], "yes" if rule.audience else "no")
        rows.append((rule.risk.name.lower(), f"{rule.place_class} {name}", admitted, assisted, *asks))
    return _table(("risk", "class", "admitted", "helped", "documents", "audience"), rows, "llllll")


def limits() -> str:
    rows: list[tuple[object, ...]] = [
        ("text of a QR code", f"{base45.MAX_CHARS:,} characters"),
        ("presentation", f"{presentation_format.MAX_SIZE:,} bytes"),
        ("people in a presentation or an attestation", presentation_format.MAX_PEOPLE),
        ("trust list, whole message", f"{trust_list.MAX_SIZE:,} bytes"),
        ("signatures on a trust list", cose.MAX_SIGNERS),
        ("root keys", window.MAX_ROOTS),
        ("windows in a trust list, kids of a revocation key", f"{trust_list.MAX_WINDOWS:,}"),
        ("revocation, registrar or risk keys, of each", trust_list.MAX_KEYS),
        ("platforms in a trust list", platform.MAX_PLATFORMS),
        ("sealing keys of a platform", platform.MAX_SEALING_KEYS),
        ("name of a platform", f"{platform.MAX_NAME_SIZE} bytes"),
        ("step of the version of a trust list, an area table or document keys", f"{updates.MAX_VERSION_STEP:,}"),
        ("first version from a signer", f"{updates.MAX_FIRST_VERSION:,}"),
        ("place certificate, whole message", f"{place_format.MAX_SIZE} bytes"),
        ("life of a place certificate", f"{place_format.MAX_LIFETIME:,} seconds"),
        ("class of a place", place_format.MAX_CLASS),
        ("area table, whole message", f"{area_table.MAX_SIZE:,} bytes"),
        ("areas of medium, and of high risk, of each", f"{area_table.MAX_AREAS:,}"),
        ("number of a document, as it is written", f"{document.MAX_INPUT_CHARS} characters"),
        ("document keys, whole message", f"{document_keys.MAX_SIZE:,} bytes"),
        ("document keys in a delivery", document_keys.MAX_KEYS),
        ("station or region certificate, whole message", f"{station.MAX_SIZE} bytes"),
        ("life of a station certificate", f"{station.MAX_STATION_LIFETIME:,} seconds"),
        ("life of a region certificate", f"{station.MAX_REGION_LIFETIME:,} seconds"),
        ("revocation snapshot, whole message", f"{messages.MAX_SNAPSHOT_SIZE:,} bytes"),
        ("revocation delta, whole message", f"{messages.MAX_DELTA_SIZE:,} bytes"),
        ("revocation filter", f"{messages.MAX_FILTER_SIZE:,} bytes"),
        ("attestation, whole message", f"{attestation.MAX_SIZE:,} bytes"),
        ("periods of an offer or an attestation", period.MAX_PERIODS),
        ("holder keys of an offer, in all periods together", f"{period.MAX_KEYS:,}"),
        ("claims of an attestation or a batch", f"{enrolment.MAX_CLAIMS:,}"),
        ("local colour", f"{attestation.MAX_COLOR_CHARS} characters"),
        ("sealing key, whole message", f"{assisted.MAX_SEALING_KEY_SIZE} bytes"),
        ("life of a sealing key", f"{assisted.MAX_SEALING_KEY_LIFETIME:,} seconds"),
        ("assisted query as it travels, and exactly", f"{assisted_envelope.QUERY_SIZE} bytes"),
        ("assisted answer as it travels, and exactly", f"{assisted_envelope.ANSWER_SIZE} bytes"),
        ("age of an assisted query, without the skew", f"{trust_assisted.MAX_QUERY_AGE} seconds"),
        ("wait for an assisted answer", f"{trust_assisted.MAX_WAIT} seconds"),
        ("queries of one station within an hour, unless the region sets another", station_list.QUERIES_PER_STATION),
        ("offer", f"{enrolment.MAX_OFFER_SIZE:,} bytes"),
        ("sealed opening", f"{enrolment.MAX_SEALED_OPENING:,} bytes"),
        ("answer to an offer (key request), and issue request", f"{enrolment.MAX_SIZE:,} bytes"),
        ("batch, sealed or on paper", f"{batch.MAX_SIZE:,} bytes"),
        ("CBOR: nested arrays and maps", cbor.MAX_DEPTH),
        ("CBOR: items in all arrays and maps together", f"{cbor.MAX_ITEMS:,}"),
        ("CBOR: the same, in a message that has no list of many", f"{cbor.FEW_ITEMS:,}"),
    ]
    return _table(("what", "at most"), rows, "lr")


# ---- The worked example ------------------------------------------------------------------------------------------

FROM = 1_799_985_600
"""04:00 UTC on 15 January 2027."""
NOW = making.NOW
DOCUMENT_KEY = bytes(range(32))
EXAMPLE_WINDOW = Window(
    bytes.fromhex("5bd1e995"),
    making.ISSUER.public_key,
    FROM,
    FROM + making.DAY,
    4**10,
    ANY_BINDING,
    bytes.fromhex("0badcafe"),
)
EXAMPLE_LIST = TrustList(
    version=1,
    issued=FROM,
    expires=FROM + 7 * making.DAY,
    roots=making.ROOTS,
    windows={EXAMPLE_WINDOW.kid: EXAMPLE_WINDOW},
    grace=3 * making.DAY,
    platforms=[Platform("national", (EXAMPLE_WINDOW.kid,), (making.SEALING,))],
)
EXAMPLE_SLOT = 0x04D2F0
EXAMPLE_SEED = document_seed(DOCUMENT_KEY, FROM, EXAMPLE_WINDOW.expires, "passport", "X1234567")
EXAMPLE_TAG = document_tag(EXAMPLE_SEED, EXAMPLE_WINDOW.kid, EXAMPLE_SLOT)
EXAMPLE_CLAIM = making.sign_claim(
    Claim(EXAMPLE_WINDOW.kid, EXAMPLE_WINDOW.expires, 0x0B1E5C, Color.GREEN, making.HOLDER.public_key)
)
EXAMPLE_PAPER = making.sign_claim(
    Claim(EXAMPLE_WINDOW.kid, EXAMPLE_WINDOW.expires, EXAMPLE_SLOT, Color.YELLOW, tag=EXAMPLE_TAG)
)
EXAMPLE_LIVE = making.present(EXAMPLE_CLAIM, iat=NOW)
EXAMPLE_TRUST_LIST = making.sign_trust_list(EXAMPLE_LIST)
EXAMPLE_PLACE = placing.make_place(issued=FROM, expires=FROM + place_format.MAX_LIFETIME)


def _lines(text: str, width: int = 96) -> str:
    return "".join(text[n : n + width] + "\n" for n in range(0, len(text), width))


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}```\n"


EXAMPLE_FILES = {
    "root.hex": making.ROOT.public_key.hex() + "\n",
    "trust-list.hex": _lines(EXAMPLE_TRUST_LIST.hex()),
    "claim.hex": _lines(EXAMPLE_CLAIM.hex()),
    "presentation.hex": _lines(EXAMPLE_LIVE.hex()),
    "paper.hex": _lines(EXAMPLE_PAPER.hex()),
    "live.txt": encode_text(EXAMPLE_LIVE),
    "paper.txt": encode_text(EXAMPLE_PAPER),
    "place.txt": encode_place_text(EXAMPLE_PLACE),
}
"""docs/example/: for whoever wants to feed them to a program. The three texts have no newline at their end."""


def claim_notation() -> str:
    """The example claim in diagnostic notation (RFC 8949 section 8)."""
    c = claim_format.parse_claim(EXAMPLE_CLAIM)
    assert c.key is not None
    return _block(
        f"""\
18([
  / protected /   << {{ 1: -19, 4: h'{c.kid.hex()}' }} >>,
  / unprotected / {{}},
  / payload /     << {{
    4: {c.exp},             / exp: 2027-01-16T04:00:00Z /
    7: h'{c.slot.to_bytes(4, "big").hex()}',         / cti /
    8: {{ 1: {{ 1: 1, -1: 6, -2: h'{c.key.hex()}' }} }},
    -65537: {c.color.value}                / colour: green /
  }} >>,
  / signature /   h'{EXAMPLE_CLAIM[-64:-32].hex()}
                    {EXAMPLE_CLAIM[-32:].hex()}'
])
"""
    )


def example_keys() -> str:
    rows: list[tuple[object, ...]] = [
        (role, f"`{each.seed[-1]:02x}`", f"`{each.public_key.hex()}`")
        for role, each in (
            ("root", making.ROOT),
            ("issuer", making.ISSUER),
            ("holder", making.HOLDER),
            ("registrar", placing.REGISTRAR),
        )
    ]
    return _table(("whose", "last byte of the seed", "public key"), rows, "lll")


def example_tag() -> str:
    period = FROM.to_bytes(4, "big") + EXAMPLE_WINDOW.expires.to_bytes(4, "big")
    message = b"healthpass document tag v2\x00" + period + b"passport\x00" + b"X1234567"
    under = EXAMPLE_WINDOW.kid + EXAMPLE_SLOT.to_bytes(4, "big")
    lines = (
        f"document key: {DOCUMENT_KEY.hex()}",
        f"message:      {message.hex()}",
        f"seed:         {EXAMPLE_SEED.hex()}",
        f"kid and cti:  {under.hex()}",
        f"tag:          {EXAMPLE_TAG.hex()}",
    )
    return _block("\n".join(lines) + "\n")


def clocks() -> str:
    """Every comparison of two times, by package."""
    rows = []
    for row in comparisons_of_times():
        if row.clocks != "-":
            file, function, _ = row.place
            said = f"[{row.page.partition('#')[2].replace('-', ' ')}]({row.page})"
            rows.append((f"`{file}`: `{function}`", row.what, row.clocks, row.tolerance, said))
    return _table(("where", "what it decides", "whose two clocks", "tolerance, s", "said in"), rows, "lllll")


def code_words_who() -> str:
    return _table(("who", "is"), [*code_words.WHO.items()], "ll")


def code_words_all() -> str:
    head = ("code", "class (raised in)", "who", "when", "what to do")
    return _table(head, code_words.lines(), "lllll")


WHAT: dict[str, Callable[[], str]] = {
    "clocks": clocks,
    "code-words": code_words_all,
    "code-words-who": code_words_who,
    "benchmark-targets": targets.table,
    "claim-sizes": claim_sizes,
    "claim-device": lambda: layout(claim_pieces(Binding.DEVICE)),
    "claim-document": lambda: layout(claim_pieces(Binding.DOCUMENT)),
    "claim-both": lambda: layout(claim_pieces(Binding.BOTH)),
    "presentation-least": lambda: layout(presentation_pieces((Binding.DEVICE, False, False, 0)), 8),
    "presentation-two-members": lambda: layout(presentation_pieces((Binding.BOTH, True, True, 2)), 8),
    "shapes": shapes,
    "place": lambda: layout(place_pieces()),
    "assisted-query": lambda: layout(assisted_query_pieces()),
    "assisted-answer": lambda: layout(assisted_answer_pieces()),
    "policy": policy,
    "refusals": refusals,
    "said": said,
    "limits": limits,
    "example-keys": example_keys,
    "example-claim": lambda: _block(_lines(EXAMPLE_CLAIM.hex())),
    "example-claim-notation": claim_notation,
    "example-claim-signed": lambda: _block(_lines(claim_format.signed_part(EXAMPLE_CLAIM).hex())),
    "example-presentation": lambda: _block(_lines(EXAMPLE_LIVE.hex())),
    "example-presentation-signed": lambda: _block(_lines(presentation_format.signed_part(EXAMPLE_LIVE).hex())),
    "example-live-text": lambda: _block(encode_text(EXAMPLE_LIVE) + "\n"),
    "example-paper-text": lambda: _block(encode_text(EXAMPLE_PAPER) + "\n"),
    "example-tag": example_tag,
    "example-place": lambda: _block(_lines(EXAMPLE_PLACE.hex())),
    "example-place-text": lambda: _block(encode_place_text(EXAMPLE_PLACE) + "\n"),
    "example-trust-list": lambda: _block(_lines(EXAMPLE_TRUST_LIST.hex())),
    "vector-files": vector_tables.files,
}
"""Everything that a page can show of the code, by name."""


def up_to_date(page: str, what: dict[str, Callable[[], str]] = WHAT) -> str:
    """The page with every such place written anew."""
    return PLACES.sub(lambda found: f"{found[1]}\n{what[found[2]]()}\n{found[3]}", page)


def main() -> None:
    for name, content in EXAMPLE_FILES.items():
        (DOCS / "example" / name).write_text(content, encoding="utf-8", newline="\n")
    for path in DOCS.rglob("*.md"):
        page = path.read_text(encoding="utf-8")
        if up_to_date(page) != page:
            path.write_text(up_to_date(page), encoding="utf-8", newline="\n")
    command_reference.PAGE.write_text(command_reference.text(), encoding="utf-8", newline="\n")
    readme = vector_tables.README
    page = up_to_date(readme.read_text(encoding="utf-8"), vector_tables.README_TABLES)
    readme.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
