"""Which period is meant: by regions and stations, and in the seed of a document."""

from __future__ import annotations

from healthpass.attester import Person
from healthpass.attester.attester import _check_sealing_key
from healthpass.crypto.document_tag import document_seed
from healthpass.formats.claim import Binding
from healthpass.formats.document import RESIDENT_ID
from healthpass.formats.enrolment import KeyRequest
from healthpass.issuer import SQLiteLedger, StationIssuer
from healthpass.station import Voucher
from healthpass.trust.platforms import STATION_PERIOD, list_in_force, period_of_now
from healthpass.trust.updates import CLOCK_SKEW
from tests import stations
from tests.assisting import DOCUMENT_KEY, ID_NUMBER, LIST, Region, make_trust
from tests.clocks.holding import holds, outcome
from tests.documents import AnySeeds
from tests.issuing import make_issuer, window_key
from tests.making import DAY, NOW, PLATFORM, SEALING, TOMORROW, WINDOW, make_trust_list
from tests.wallets import make_offer

PLATFORMS = "trust/platforms.py"


@holds(
    "attester/answers.py",
    "QueryAnswerer._claim_for",
    "(window.valid_from, window.expires) != period",
    gives=("other-claim", "taken", "other-claim"),
)
def _(second: int) -> object:
    person, period = Person("绿", AnySeeds(lambda *_: bytes(32))), (WINDOW.valid_from, WINDOW.expires + second)
    return outcome(lambda: Region().desk._claim_for(person, period, LIST, NOW))


@holds(
    "attester/attester.py",
    "_check_sealing_key",
    "now < entry.expires",
    gives=("taken", "sealing-key-over", "sealing-key-over"),
)
def _(second: int) -> object:
    listed = make_trust_list(issued=SEALING.expires - 3600, expires=SEALING.expires + DAY)
    request = KeyRequest(make_offer(), bytes(32), SEALING.key, bytes(4096))
    return outcome(lambda: _check_sealing_key(request, listed, PLATFORM, SEALING.expires + second))


@holds(
    "station/vouching.py",
    "Voucher.accept",
    "(window.valid_from, window.expires, claim.color) == asked",
    gives=("other-pass", "taken", "other-pass"),
)
def _(second: int) -> object:
    with SQLiteLedger(":memory:") as ledger:
        platform = StationIssuer(make_issuer(ledger, stations=stations.stations_of()), ledger, stations.station_list())
        batch = platform.issue(stations.vouch(), now=NOW)
    store = make_trust(keys=False, trust_list=stations.station_list())
    vouched = stations.vouch(expires=WINDOW.expires + second)
    return outcome(lambda: Voucher(stations.STATION, stations.CERTIFICATE, store).accept(vouched, batch, now=NOW))


@holds(PLATFORMS, "list_that_counts", "now >= source.issued - CLOCK_SKEW", gives=("no-trust-list", "taken", "taken"))
def _(second: int) -> object:
    return outcome(lambda: list_in_force(LIST, LIST.issued - CLOCK_SKEW + second))


@holds(PLATFORMS, "period_of_now", "valid_from <= now", gives=("no-period", "taken", "taken"))
def _(second: int) -> object:
    listed = make_trust_list(windows=(TOMORROW,))
    return outcome(lambda: period_of_now(listed, None, Binding.DOCUMENT, TOMORROW.valid_from + second))


@holds(PLATFORMS, "period_of_now", "expires - valid_from <= most", gives=("taken", "taken", "no-period"))
def _(second: int) -> object:
    window = window_key(901, NOW - 60, NOW - 60 + STATION_PERIOD + second).window
    listed = make_trust_list(windows=(window,))
    return outcome(lambda: period_of_now(listed, None, Binding.DOCUMENT, NOW, STATION_PERIOD))


def seeded(valid_from: int, expires: int) -> object:
    try:
        document_seed(DOCUMENT_KEY, valid_from, expires, RESIDENT_ID, ID_NUMBER)
    except ValueError:
        return "refused"
    return "made"


SEED = ("crypto/document_tag.py", "document_seed", "0 <= valid_from < expires <= 4294967295")


@holds(*SEED, gives=("made", "refused", "refused"))
def _(second: int) -> object:
    return seeded(WINDOW.expires + second, WINDOW.expires)


@holds(*SEED, gives=("made", "made", "refused"))
def _(second: int) -> object:
    return seeded(WINDOW.valid_from, 0xFFFFFFFF + second)


@holds(*SEED, gives=("refused", "made", "made"))
def _(second: int) -> object:
    return seeded(second, WINDOW.expires)
