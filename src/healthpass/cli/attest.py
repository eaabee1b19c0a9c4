"""`healthpass attest`: a region offers an enrolment, and vouches for what comes back."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click
from nacl.utils import random

from healthpass.attester import Attester, DocumentSeeds, Person
from healthpass.cli.clocks import acts
from healthpass.cli.context import (
    IN_FILE,
    OUT_FILE,
    checked,
    clock,
    hex_bytes,
    json_option,
    parsed,
    parsed_text,
    read_signer,
    wish_option,
    write,
)
from healthpass.cli.documents import document_option, read_documents
from healthpass.cli.groups import Listed
from healthpass.cli.output import Moment, echo, say
from healthpass.cli.trust_options import list_in_force
from healthpass.crypto.keyfile import parse_sealing_key
from healthpass.crypto.recovery import SALT_SIZE, new_recovery_code, recovery_hash
from healthpass.errors import FormatError
from healthpass.formats import cose
from healthpass.formats.attestation import MAX_SIZE, parse_attestation, parse_issue_request
from healthpass.formats.claim import BOTH, DEVICE
from healthpass.formats.enrolment import MAX_SIZE as MAX_REQUEST
from healthpass.formats.enrolment import parse_key_request, parse_offer
from healthpass.formats.trust_list import TrustList
from healthpass.trust.document_keys import check_document_keys_update
from healthpass.trust.roles import check_no_role

_key_option = click.option("--key", type=IN_FILE, required=True, help="The region's private key file.")
_list_option = click.option("--trust-list", type=IN_FILE, required=True, help="The newest, where the periods stand.")
_roots_option = click.option("--roots", "roots_file", type=IN_FILE, required=True, help="The file of pinned roots.")
_platform_option = click.option(
    "--platform-name", help="Which platform is to issue, by its name in the trust list, if there are several."
)
_out_option = click.option("--out", type=OUT_FILE, required=True, help="Where to write the result.")


@click.group(cls=Listed)
def attest() -> None:
    """Vouch for a person, as a region: `offer`, then `sign` the wallet's answer; or `paper`. Take it back: `revoke`."""


@attest.command()
@_key_option
@_list_option
@_roots_option
@_platform_option
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 64), help="How many periods, from now on.")
@click.option("--showings", default=24, show_default=True, type=click.IntRange(8, 4096), help="Keys for each period.")
@click.option("--people", default=1, show_default=True, type=click.IntRange(1, 8), help="For how many the passes are.")
@click.option("--with-documents", is_flag=True, help="Bound to a document too, for each of the people.")
@_out_option
@acts(key="key")
@json_option
def offer(
    key: Path,
    trust_list: Path,
    roots_file: Path,
    platform_name: str | None,
    days: int,
    showings: int,
    people: int,
    with_documents: bool,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Write an offer for a wallet to answer; hand the trust list over with it. If the platform says that a window is
    full, offer again: chance then takes another."""
    now = clock(fixed)
    listed = list_in_force(trust_list, roots_file, now)
    if people > 1 and not with_documents:
        raise click.UsageError("several --people need a document each: --with-documents")
    made = _attester(key, listed).offer(
        listed,
        now=now,
        platform=platform_name,
        binding=BOTH if with_documents else DEVICE,
        people=people,
        periods=days,
        keys_per_period=showings,
    )
    write(out, made)
    content = parse_offer(made)
    until = Moment(content.periods[-1].expires)
    say({"periods": len(content.periods), "keys": content.keys, "covered_until": until, "written": [out]}, as_json)


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
@_list_option
@_roots_option
@click.option("--own-code", is_flag=True, help="Print a recovery code for the person, beside the wallet's.")
@_out_option
@acts(key="key")
@json_option
def sign(
    key: Path,
    offer_file: Path,
    answer: Path,
    colors: tuple[str, ...],
    types: tuple[str, ...],
    sealing_key: Path | None,
    document_keys: Path | None,
    trust_list: Path,
    roots_file: Path,
    own_code: bool,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Vouch for what the wallet has sealed for the platform, unread, and write the issue request.

    After an offer --with-documents the passes are bound to the person's --document too: for somebody whose pass a
    relative carries, who gets --own-code on paper, or once for each of a family on one phone.
    """
    now = clock(fixed)
    listed = list_in_force(trust_list, roots_file, now)
    attester, made = _attester(key, listed), checked(offer_file, parse_offer)
    answered = checked(answer, parse_key_request, MAX_REQUEST)
    code, code_hash = _own_code(own_code)
    with ExitStack() as stack:
        people = [Person(color) for color in colors]
        if types:
            if len(types) != len(colors):
                raise click.UsageError("a --document for each --color, in the same order")
            if sealing_key is None or document_keys is None:
                raise click.UsageError("--document needs --sealing-key and --document-keys")
            seeds = _document_seeds(sealing_key, document_keys, listed, parse_offer(made).platform, now)
            documents = read_documents(types, stack)
            people = [Person(color, seeds.of(each)) for color, each in zip(colors, documents, strict=True)]
        request = attester.attest(made, answered, people, now=now, trust_list=listed, recovery_hash=code_hash)
    # First: a request whose code nobody has read could not be taken back by its person.
    say({"people": len(people), "recovery_code": code}, as_json)
    if code is not None:
        echo("The recovery code is for the person: write it down on paper.", err=True)
    write(out, request)


@attest.command("paper")
@_key_option
@click.option("--color", required=True, help="The region's own word for what the person is, such as 绿.")
@document_option
@click.option("--sealing-key", type=IN_FILE, required=True, help="The region's private sealing key.")
@click.option("--document-keys", type=IN_FILE, required=True, help="The keys that were delivered to the region.")
@_list_option
@_roots_option
@_platform_option
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
    platform_name: str | None,
    days: int,
    own_code: bool,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Vouch for a person without a phone, by a document: an issue request for paper passes, one for each day."""
    if len(types) != 1:
        raise click.UsageError("one --document: whose passes they are")
    now = clock(fixed)
    listed = list_in_force(trust_list, roots_file, now)
    attester = _attester(key, listed)
    seeds = _document_seeds(sealing_key, document_keys, listed, platform_name, now)
    code, code_hash = _own_code(own_code)
    with ExitStack() as stack:
        (document,) = read_documents(types, stack)
        person = Person(color, seeds.of(document))
        request = attester.attest_paper(
            listed, person, now=now, platform=platform_name, periods=days, recovery_hash=code_hash
        )
    message = cose.decode_sign1(parse_issue_request(request).attestation, cose.ATTESTATION, MAX_SIZE)
    periods = parse_attestation(message.payload).periods
    until = Moment(periods[-1].expires)
    say({"passes": len(periods), "covered_until": until, "recovery_code": code}, as_json)  # as in `sign`: first
    write(out, request)


def _attester(key: Path, listed: TrustList) -> Attester:
    """The region. A key that stands in the trust list is another role's."""
    signer = read_signer(key)
    check_no_role(signer.public_key, listed)
    return Attester(signer)


def _own_code(wanted: bool) -> tuple[str | None, bytes | None]:
    """A fresh recovery code for the person at the desk, if wanted, and its hash."""
    code = new_recovery_code() if wanted else None
    return code, None if code is None else recovery_hash(code, random(SALT_SIZE))


def _document_seeds(
    sealing_key: Path, document_keys: Path, listed: TrustList, platform: str | None, now: int
) -> DocumentSeeds:
    opener = parsed_text(sealing_key, parse_sealing_key)
    _, keys, _ = parsed(document_keys, lambda data: check_document_keys_update(data, listed, opener, {}, now))
    return DocumentSeeds(listed, keys, platform)


@attest.command("revoke")
@_key_option
@click.option("--request", type=IN_FILE, help="What is taken back: what `attest sign` or `attest paper` wrote.")
@click.option("--reference", help="Instead: its reference, 32 hexadecimal digits.")
@wish_option
@_out_option
@acts(key="key")
@json_option
def revoke_command(
    key: Path,
    request: Path | None,
    reference: str | None,
    at_wish: bool,
    out: Path,
    fixed: int | None,
    as_json: bool,
) -> None:
    """Write a notice for the platform: every pass that it issued for this request is to be revoked."""
    attester = Attester(read_signer(key))
    if (request is None) == (reference is None):
        raise click.UsageError("one of --request and --reference says what is taken back")
    name = _reference(reference or "") if request is None else parsed(request, attester.reference, MAX_REQUEST)
    write(out, attester.revoke(name, now=clock(fixed), at_wish=at_wish))
    say({"reference": name, "written": [out]}, as_json)


def _reference(text: str) -> bytes:
    reference = hex_bytes(text)
    if reference is None:
        raise FormatError("a reference is 32 hexadecimal digits")
    return reference
