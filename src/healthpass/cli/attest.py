"""`healthpass attest`: a region offers an enrolment, and vouches for the keys that come back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from secrets import choice

import click

from healthpass.attester import Attester, DocumentTags, Person
from healthpass.cli.clocks import acts
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    clock,
    hex_bytes,
    json_option,
    read,
    read_signer,
    read_text,
    say,
    when,
    wish_option,
    write,
)
from healthpass.cli.documents import document_option, read_documents
from healthpass.cli.trust_options import list_in_force
from healthpass.crypto.keyfile import parse_sealing_key
from healthpass.crypto.recovery import new_recovery_code, recovery_hash
from healthpass.errors import AttestationRefused, FormatError
from healthpass.formats import cose
from healthpass.formats.attestation import MAX_SIZE, parse_attestation
from healthpass.formats.claim import DOCUMENT
from healthpass.formats.enrolment import encode_offer, parse_offer
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window
from healthpass.formats.window_set import parse_windows
from healthpass.trust.document_keys import check_document_keys_update
from healthpass.trust.roles import check_no_role

_key_option = click.option("--key", type=IN_FILE, required=True, help="The region's private key file.")
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")


@click.group()
def attest() -> None:
    """Vouch for a person, as a region: `offer`, then `sign` the wallet's answer; or `paper`. Take it back: `revoke`."""


@attest.command()
@_key_option
@click.option("--trust-list", type=IN_FILE, required=True, help="Where the windows are listed.")
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@click.option("--windows", "windows_file", type=IN_FILE, help="Only these: a platform's windows.pub.cbor.")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 64), help="How many windows, from now on.")
@click.option("--showings", default=24, show_default=True, type=click.IntRange(1, 4096), help="Claims for each window.")
@_out_option
@acts(key="key")
@json_option
def offer(
    key: Path,
    trust_list: Path,
    roots_file: Path,
    windows_file: Path | None,
    days: int,
    showings: int,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Write an offer for a wallet to answer. For each day one of its kids is taken, by chance: if the platform says
    that a window is full, offer again."""
    now = clock(fixed)
    listed = list_in_force(trust_list, roots_file, now)
    attester = _attester(key, listed)
    chosen = _chosen(listed.windows.values(), windows_file, days, now)
    made = attester.offer(chosen, showings)
    write(out, encode_offer(made))
    say({"windows": len(chosen), "keys": len(made.kids), "until": when(chosen[-1].expires) if chosen else "-"}, as_json)


def _chosen(listed: Iterable[Window], windows_file: Path | None, days: int, now: int) -> list[Window]:
    """For each of so many periods from now on, one of its windows."""
    mine = None if windows_file is None else {window.kid for window in parse_windows(read(windows_file))}
    by_start: dict[int, list[Window]] = {}
    for window in listed:
        if window.expires > now and (mine is None or window.kid in mine):
            by_start.setdefault(window.valid_from, []).append(window)
    return [choice(by_start[start]) for start in sorted(by_start)[:days]]


@attest.command()
@_key_option
@click.option("--offer", "offer_file", type=IN_FILE, required=True, help="What `attest offer` wrote.")
@click.option("--answer", type=IN_FILE, required=True, help="What the wallet answered.")
@click.option(
    "--color",
    "colors",
    multiple=True,
    required=True,
    help="The region's own word for what the person is, such as 绿; for a family one for each, in their order.",
)
@document_option
@click.option("--sealing-key", type=IN_FILE, help="With --document: the region's private sealing key.")
@click.option("--document-keys", type=IN_FILE, help="With --document: the keys that were delivered to the region.")
@click.option("--trust-list", type=IN_FILE, help="With --document: where the windows are listed.")
@click.option("--roots", "roots_file", type=IN_FILE, help="With --document: the file of pinned roots.")
@click.option("--own-code", is_flag=True, help="Print a recovery code for the person, in place of the wallet's.")
@_out_option
@acts(key="key")
def sign(
    key: Path,
    offer_file: Path,
    answer: Path,
    colors: tuple[str, ...],
    types: tuple[str, ...],
    sealing_key: Path | None,
    document_keys: Path | None,
    trust_list: Path | None,
    roots_file: Path | None,
    own_code: bool,
    out: Path,
    fixed: int | None,
) -> None:
    """Check the wallet's proofs of possession and write the attestation for the platform.

    With --document the passes are bound to the person's document too: for somebody whose pass a relative carries, who
    gets --own-code on paper, or once for each of a family on one phone.
    """
    now, listed = clock(fixed), None
    if trust_list is not None and roots_file is not None:
        listed = list_in_force(trust_list, roots_file, now)
    attester = _attester(key, listed)
    made = parse_offer(read(offer_file))
    code = new_recovery_code() if own_code else None
    with ExitStack() as stack:
        people = [Person(color) for color in colors]
        if types:
            if len(types) != len(colors):
                raise click.UsageError("a --document for each --color, in the same order")
            if sealing_key is None or document_keys is None or listed is None:
                raise click.UsageError("--document needs --sealing-key, --document-keys, --trust-list and --roots")
            tags = _document_tags(sealing_key, document_keys, listed, now)
            documents = read_documents(types, stack)
            people = [Person(color, tags.of(each)) for color, each in zip(colors, documents, strict=True)]
        code_hash = None if code is None else recovery_hash(code)
        attestation = attester.attest(made, read(answer), people, now=now, recovery_hash=code_hash)
    if code is not None:  # first: an attestation whose code nobody has read could not be taken back by its person
        click.echo(f"recovery code, for the person, on paper: {code}")
    write(out, attestation)


@attest.command("paper")
@_key_option
@click.option("--color", required=True, help="The region's own word for what the person is, such as 绿.")
@document_option
@click.option("--sealing-key", type=IN_FILE, required=True, help="The region's private sealing key.")
@click.option("--document-keys", type=IN_FILE, required=True, help="The keys that were delivered to the region.")
@click.option("--trust-list", type=IN_FILE, required=True, help="Where the windows are listed.")
@click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
@click.option("--windows", "windows_file", type=IN_FILE, help="Only these: a platform's windows.pub.cbor.")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 14), help="How many passes, from now on.")
@click.option("--own-code", is_flag=True, help="Print a recovery code for the person.")
@_out_option
@acts(key="key")
@json_option
def paper_command(
    key: Path,
    color: str,
    types: tuple[str, ...],
    sealing_key: Path,
    document_keys: Path,
    trust_list: Path,
    roots_file: Path,
    windows_file: Path | None,
    days: int,
    own_code: bool,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Vouch for a person without a phone, by a document: an attestation for paper passes, one for each day."""
    if len(types) != 1:
        raise click.UsageError("one --document: whose passes they are")
    now = clock(fixed)
    listed = list_in_force(trust_list, roots_file, now)
    attester = _attester(key, listed)
    chosen = _chosen(
        [window for window in listed.windows.values() if window.bindings & DOCUMENT], windows_file, days, now
    )
    tags = _document_tags(sealing_key, document_keys, listed, now)
    code = new_recovery_code() if own_code else None
    code_hash = None if code is None else recovery_hash(code)
    with ExitStack() as stack:
        (document,) = read_documents(types, stack)
        person = Person(color, tags.of(document))
        attestation = attester.attest_paper(chosen, person, now=now, recovery_hash=code_hash)
    result: dict[str, object] = {"passes": len(chosen), "until": when(chosen[-1].expires)}
    say(result if code is None else result | {"recovery code, for the person": code}, as_json)  # as in `sign`: first
    write(out, attestation)


def _attester(key: Path, listed: TrustList | None) -> Attester:
    """The region. Where a list is at hand, a key that stands in it is another role's."""
    signer = read_signer(key)
    if listed is not None:
        check_no_role(signer.public_key, listed)
    return Attester(signer)


def _document_tags(sealing_key: Path, document_keys: Path, listed: TrustList, now: int) -> DocumentTags:
    opener = parse_sealing_key(read_text(sealing_key))
    _, keys, _ = check_document_keys_update(read(document_keys), listed, opener, {}, now)
    return DocumentTags(listed.windows.values(), keys)


@attest.command("revoke")
@_key_option
@click.option("--attestation", type=IN_FILE, help="What is taken back: what `attest sign` wrote.")
@click.option("--reference", help="Instead: its reference, 32 hexadecimal digits.")
@wish_option
@_out_option
@acts(key="key")
def revoke_command(
    key: Path, attestation: Path | None, reference: str | None, at_wish: bool, out: Path, fixed: int | None
) -> None:
    """Write a notice for the platform: every pass that it issued for this attestation is to be revoked."""
    attester = Attester(read_signer(key))
    if (attestation is None) == (reference is None):
        raise click.UsageError("one of --attestation and --reference says what is taken back")
    if attestation is not None:
        message = cose.decode_sign1(read(attestation, MAX_SIZE), cose.ATTESTATION, MAX_SIZE)
        if message.key != attester.public_key:
            raise AttestationRefused("other-attester", "the attestation was made with another region's key")
        name = parse_attestation(message.payload).reference
    else:
        name = _reference(reference or "")
    write(out, attester.revoke(name, now=clock(fixed), at_wish=at_wish))


def _reference(text: str) -> bytes:
    reference = hex_bytes(text)
    if reference is None:
        raise FormatError("a reference is 32 hexadecimal digits")
    return reference
