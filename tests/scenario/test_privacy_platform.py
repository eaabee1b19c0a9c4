"""What the platform sees of a thousand enrolments: regions, and no person, no address, and nothing that two share."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from healthpass.attester import Attester
from healthpass.formats import cbor
from healthpass.formats.attestation import parse_issue_request
from tests.issuing import attestation_of
from tests.scenario.country import Country, person

PEOPLE = 1000
NUMBER = "11010519491231%04d"


@pytest.mark.slow
def test_a_thousand_batches_name_nobody(tmp_path: Path) -> None:
    """In what it is sent and what it keeps there is no document number, no name of a wallet and no place of a network;
    apart from region, time, words, periods and platform no value of one request is in another."""
    country = Country(tmp_path)
    seen: list[bytes] = []
    parts: Counter[bytes] = Counter()
    for n in range(PEOPLE):
        wallet, number = country.wallet(n + 1), NUMBER % n if n % 2 else None
        region: Attester = country.south if n % 3 else country.north
        word = "low" if n % 3 else "绿"
        request = country.enrol(wallet, [person(word, number)], region=region, name=f"person {n}")
        content, parsed = attestation_of(request), parse_issue_request(request)
        assert content.commitment is not None
        assert parsed.sealed_opening is not None
        seen.append(request)
        parts.update([content.reference, content.commitment, parsed.sealed_opening[:32], parsed.attestation[-64:]])
        parts.update(seed for seeds in content.seeds or () for seed in seeds)
    assert set(parts.values()) == {1}
    country.ledger.close()
    held = b"".join(each.read_bytes() for each in sorted(tmp_path.glob("ledger.sqlite*")))
    everything = b"".join(seen) + held
    for n in range(PEOPLE):
        assert f"person {n}".encode() not in everything
        assert (NUMBER % n).encode() not in everything
    for address in (b"127.0.0.1", b"::1", b"http", b"@", b"localhost"):
        assert address not in b"".join(attested(each) for each in seen)


def attested(request: bytes) -> bytes:
    """What the region has written in a request, in words and numbers; the random fields taken out."""
    content = attestation_of(request)
    periods = [[each.valid_from, each.expires, each.count] for each in content.periods]
    return cbor.encode([list(content.colors), content.issued, content.binding, periods, content.platform])
