"""Whatever a station attests, the platform issues nothing outside its constraints."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass import Color
from healthpass.crypto.document_tag import document_tag
from healthpass.crypto.signer import Signer
from healthpass.errors import BadInput
from healthpass.formats.batch import parse_batch
from healthpass.formats.claim import Binding, parse_claim
from healthpass.formats.station_attestation import StationAttestation, encode_station_attestation
from healthpass.issuer import SQLiteLedger, StationIssuer, StationRules
from tests.issuing import TODAY_KEY, TOMORROW_KEY, make_issuer, window_key
from tests.making import DAY, NOW, signer
from tests.stations import (
    CERTIFICATE,
    OTHER_ID,
    OTHER_STATION,
    STATION,
    STATION_ID,
    certificate,
    listed,
    sign_vouching,
    station_list,
    stations_of,
)

SPARE = window_key(910)
PHONES_ONLY = window_key(911, bindings=Binding.DEVICE)
YESTERDAY = window_key(912, TODAY_KEY.window.valid_from - DAY, TODAY_KEY.window.valid_from)
SMALL = window_key(913, capacity=4)
LONG = window_key(914, NOW - 7200, NOW + 25 * 3600)
WINDOWS = [PHONES_ONLY, SMALL, TODAY_KEY, TOMORROW_KEY, SPARE, YESTERDAY, LONG]
PERIODS = sorted({(key.window.valid_from, key.window.expires) for key in WINDOWS})
TODAY = TODAY_KEY.window.valid_from, TODAY_KEY.window.expires
BY_KID = {key.window.kid: key.window for key in WINDOWS}
LIST = station_list(windows=[key.window for key in WINDOWS if key is not LONG])  # no list may have both
MOST, ALLOWED = 3, frozenset((Color.GREEN, Color.YELLOW))
CERTIFICATES = {
    CERTIFICATE: STATION_ID,
    certificate(now=NOW - 29 * DAY): STATION_ID,
    certificate(now=NOW - 40 * DAY): STATION_ID,
    certificate(now=NOW + DAY): STATION_ID,
    certificate(OTHER_STATION, station_id=OTHER_ID): OTHER_ID,
    certificate(OTHER_STATION, station_id="00000000000000a5"): "00000000000000a5",
    certificate(signer(183), station_id=OTHER_ID): OTHER_ID,
    certificate(signer(182), station_id="00000000000000a3"): "00000000000000a3",
    certificate(signer(182), station_id="00000000000000a4"): "00000000000000a4",
    b"\xd2": "",
}
"""And the station id in each; one key has two ids, one id two keys."""
SERVED = stations_of(
    listed(STATION, STATION_ID),
    listed(OTHER_STATION, OTHER_ID),
    listed(signer(183), OTHER_ID),
    listed(signer(182), "00000000000000a3", suspended=True),
    most=MOST,
)
PAIRS = {(each.id, each.key) for each in SERVED if not each.suspended}
"""One id is served with two keys."""
SIGNERS = [STATION, OTHER_STATION, signer(182), signer(183)]
TIMES = st.sampled_from([NOW - DAY, NOW - 3600, NOW, NOW + 60, NOW + DAY, NOW + 2 * DAY])


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, StationAttestation, Signer]:
    """Anything that a station could sign in the one form that there is; most of it should be refused."""
    bounds = draw(st.sampled_from([*PERIODS, TODAY, TODAY, TODAY, (TODAY[0], TODAY[1] + 60)]))
    content = StationAttestation(
        reference=draw(st.integers(0, 5)).to_bytes(16, "big"),
        issued=draw(TIMES),
        color=draw(st.sampled_from(list(Color))),
        valid_from=bounds[0],
        expires=bounds[1],
        seed=draw(st.binary(min_size=32, max_size=32)),
        grounds=draw(st.binary(min_size=32, max_size=32)),
        certificate=draw(st.sampled_from(list(CERTIFICATES))),
    )
    by = draw(st.sampled_from(SIGNERS))
    return sign_vouching(encode_station_attestation(content), by), content, by


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(messages(), TIMES), min_size=1, max_size=25))
def test_nothing_but_paper_for_one_document_in_the_window_of_now(
    asked: list[tuple[tuple[bytes, StationAttestation, Signer], int]],
) -> None:
    rules = StationRules(colors=ALLOWED)
    with SQLiteLedger(":memory:") as ledger:
        issuer = make_issuer(ledger, WINDOWS, stations=SERVED, trust_list=LIST)
        stations = StationIssuer(issuer, ledger, LIST, rules)
        had: dict[bytes, tuple[bytes, int, bytes, str]] = {}
        for (data, content, by), now in asked:
            try:
                issued = stations.issue(data, now=now)
            except BadInput:
                continue
            (claim,) = map(parse_claim, parse_batch(issued))
            window = BY_KID[claim.kid]
            assert (window.valid_from, window.expires) == (content.valid_from, content.expires)
            assert claim.tag == document_tag(content.seed, claim.kid, claim.slot)
            assert claim.binding == Binding.DOCUMENT
            assert window.bindings & Binding.DOCUMENT
            assert claim.kid != LONG.window.kid
            assert claim.exp == window.expires
            assert claim.color is content.color
            assert claim.color in ALLOWED
            assert by is not SIGNERS[2]
            if data in had:
                assert had[data][0] == issued
            else:
                assert window.valid_from <= now < window.expires
                assert content.issued - 60 <= now <= content.issued + rules.attestation_age
            had[data] = issued, window.valid_from, by.public_key, CERTIFICATES[content.certificate]
        counts = Counter((start, name) for _, start, *names in had.values() for name in names)
        assert not counts or max(counts.values()) <= MOST
        assert all((station_id, key) in PAIRS for _, _, key, station_id in had.values())
        assert sum(ledger.issued(kid) for kid in BY_KID) == len(had)


def test_an_honest_one_is_served() -> None:
    """Otherwise the test above could pass because nothing is ever issued."""
    with SQLiteLedger(":memory:") as ledger:
        stations = StationIssuer(make_issuer(ledger, WINDOWS, stations=SERVED, trust_list=LIST), ledger, LIST)
        content = StationAttestation(bytes(16), NOW, Color.GREEN, *TODAY, bytes(32), bytes(32), CERTIFICATE)
        data = sign_vouching(encode_station_attestation(content))
        (claim,) = map(parse_claim, parse_batch(stations.issue(data, now=NOW)))
        assert claim.kid in {SMALL.window.kid, TODAY_KEY.window.kid, SPARE.window.kid}
