"""Time as everybody gives it, the verdict that has no room for more, and errors that carry nothing."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from healthpass import BadInput, Color, DocumentCheck, HealthpassError, RefusalCode, Refused, Verdict
from healthpass._values import seconds
from healthpass.errors import (
    AttestationRefused,
    FormatError,
    KeyFileError,
    TrustListRefused,
    WalletError,
)
from tests.making import NOW

VERDICT = Verdict((Color.GREEN, Color.RED), NOW, 5)
COMPARED = Verdict((Color.GREEN, Color.RED), NOW, 5, (DocumentCheck.COMPARED, DocumentCheck.NOT_COMPARED))


@pytest.mark.parametrize("now", [0, 1, NOW, 2**32 - 1])
def test_whole_seconds(now: int) -> None:
    assert seconds(now) == now
    assert seconds(datetime.fromtimestamp(now, UTC)) == now


def test_any_time_zone() -> None:
    moment = datetime.fromtimestamp(NOW, UTC)
    for hours in (-11, 0, 8, 13):
        assert seconds(moment.astimezone(timezone(timedelta(hours=hours)))) == NOW


def test_a_fraction_is_cut_off() -> None:
    assert seconds(datetime.fromtimestamp(NOW, UTC) + timedelta(microseconds=999_999)) == NOW


@pytest.mark.parametrize(
    "now",
    [float(NOW), True, False, None, str(NOW), b"1", Decimal(1), date(2027, 1, 1), 1j, Color.GREEN, time(1, tzinfo=UTC)],
    ids=repr,
)
def test_no_time(now: object) -> None:
    with pytest.raises(TypeError, match=r"^now: an int \(seconds since 1970 UTC\) or an aware datetime, not "):
        seconds(now)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(
    "now",
    [
        -1,
        2**32,
        2**70,
        datetime(2027, 1, 1),  # that is the point
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
    ],
    ids=repr,
)
def test_no_time_of_ours(now: datetime | int) -> None:
    with pytest.raises(
        ValueError, match=r"^(a datetime needs a time zone: use .*|the time must lie between 1970 and 2106)$"
    ):
        seconds(now)


def test_a_verdict() -> None:
    assert repr(VERDICT) == f"Verdict(colors=(GREEN, RED), expires={NOW}, stale=5, documents=(NOT_BOUND, NOT_BOUND))"
    assert repr(COMPARED) == f"Verdict(colors=(GREEN, RED), expires={NOW}, stale=5, documents=(COMPARED, NOT_COMPARED))"
    assert Verdict((Color.GREEN,), NOW).stale == 0


def test_verdicts_compare_by_value() -> None:
    assert Verdict((Color.GREEN, Color.RED), NOW, 5) == VERDICT
    assert hash(Verdict((Color.GREEN, Color.RED), NOW, 5)) == hash(VERDICT)
    for other in (
        Verdict((Color.RED, Color.GREEN), NOW, 5),
        Verdict((Color.GREEN, Color.RED), NOW + 1, 5),
        Verdict((Color.GREEN, Color.RED), NOW, 6),
        COMPARED,
    ):
        assert other != VERDICT
    assert (VERDICT.colors, NOW, 5) != VERDICT


@pytest.mark.parametrize("name", ["kid", "cti", "slot", "key", "claims", "__dict__", "anything"])
def test_a_verdict_has_no_room_for_more(name: str) -> None:
    assert Verdict.__slots__ == ("colors", "documents", "expires", "stale")
    assert not hasattr(VERDICT, "__dict__")
    with pytest.raises(AttributeError, match=r"^a verdict does not change$"):
        setattr(VERDICT, name, b"")


def test_a_verdict_can_be_copied() -> None:
    assert copy.copy(VERDICT) == copy.deepcopy(VERDICT) == pickle.loads(pickle.dumps(VERDICT)) == VERDICT
    assert copy.copy(COMPARED) == pickle.loads(pickle.dumps(COMPARED)) == COMPARED


@pytest.mark.parametrize("code", RefusalCode, ids=lambda code: code.name)
def test_a_refusal_survives_pickling(code: RefusalCode) -> None:
    again = pickle.loads(pickle.dumps(Refused(code, 2)))
    assert (again.code, again.index, str(again)) == (code, 2, str(Refused(code)))
    assert not isinstance(again, ValueError)


@pytest.mark.parametrize("kind", [BadInput, TrustListRefused, AttestationRefused, WalletError, KeyFileError])
def test_bad_input_survives_pickling(kind: type[BadInput]) -> None:
    again = pickle.loads(pickle.dumps(kind("code", "A sentence.")))
    assert type(again) is kind
    assert (again.code, str(again)) == ("code", "A sentence.")
    assert isinstance(again, (ValueError, HealthpassError))


def test_a_format_error_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(FormatError("A sentence.")))
    assert (type(again), again.code, str(again)) == (FormatError, "malformed", "A sentence.")
