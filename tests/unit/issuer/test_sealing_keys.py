"""The platform's sealing keys: made ahead, each for four days, and gone an hour after."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass._files import read_secret, write_atomically
from healthpass._secret import Secret
from healthpass.crypto.envelope import open_padded, seal_padded
from healthpass.crypto.sealing import SealingKey
from healthpass.errors import AttestationRefused, BadInput, FolderError, FormatError
from healthpass.formats import cbor
from healthpass.formats.platform import Platform, SealingKeyEntry
from healthpass.issuer import PlatformFolder, SealingKeys
from healthpass.issuer.sealing_keys import MAX_FILE_SIZE, encode_sealing_keys, parse_sealing_keys
from tests.making import DAY, NOW, PLATFORM, SEALING, sealing_key
from tests.raising import raises, raises_one_of

TODAY = NOW - NOW % DAY
UNKNOWN = (
    "sealed to a key that the platform does not have, or no longer: the region makes a new offer, and hands the wallet"
    " the newest trust list with it"
)


def one() -> SealingKeys:
    return SealingKeys(PLATFORM, [(sealing_key(), SEALING.valid_from, SEALING.expires)])


def fortnight(now: int = NOW) -> SealingKeys:
    return SealingKeys.new(PLATFORM).renewed(now, 14)


def assert_unknown(keys: SealingKeys, key: bytes, now: int) -> None:
    with raises(AttestationRefused, "unknown-sealing-key", UNKNOWN):
        keys.opener(key, now)


# ---- Made ahead ---------------------------------------------------------------------------------------------------


def test_a_key_begins_each_day_and_lives_four() -> None:
    keys = fortnight()
    spans = [(each.valid_from, each.expires) for each in keys.entries]
    assert spans == [(TODAY + n * DAY, TODAY + (n + 4) * DAY) for n in range(14)]
    assert len({each.key for each in keys.entries}) == len(keys) == 14
    assert repr(keys) == "SealingKeys('country', 14 keys)"


def test_at_every_moment_a_wallet_has_one_to_seal_to() -> None:
    platform = Platform(PLATFORM, (), fortnight().entries)
    for at in range(NOW, NOW + 10 * DAY, 3601):
        found = platform.sealing_key(at)
        assert found is not None
        assert found.valid_from == at - at % DAY, "the newest that has begun"
        assert found.expires >= at + 3 * DAY, "so that what is approved days later can still be opened"


def test_making_again_changes_nothing_that_is_there() -> None:
    keys = fortnight()
    assert keys.renewed(NOW, 14).entries == keys.renewed(NOW + 3600, 5).entries == keys.entries
    tomorrow = keys.renewed(NOW + DAY, 14).entries
    assert (tomorrow[:-1], tomorrow[-1].valid_from) == (keys.entries, TODAY + 14 * DAY)
    odd = one()  # begins at another hour
    assert [each.valid_from for each in odd.renewed(NOW, 2).entries] == [SEALING.valid_from, TODAY + DAY]


@pytest.mark.parametrize("days", [0, 26, -1])
def test_for_how_many_days(days: int) -> None:
    with raises(FormatError, "malformed", "days: not an integer from 1 to 25"):
        SealingKeys.new().renewed(NOW, days)


def test_a_year_of_them_is_never_more_than_a_list_takes() -> None:
    keys = SealingKeys.new()
    for day in range(365):
        keys = keys.renewed(NOW + day * DAY, 25).erased(NOW + day * DAY)
        assert len(keys.live(NOW + day * DAY)) <= 29
    assert len(keys) == 28, "those of the days to come, and of the three before"


def test_names() -> None:
    assert SealingKeys.new().name == "national"
    assert fortnight().named("north").name == "north"
    with raises(FormatError, "malformed", "platform: not a text of 1 to 32 characters"):
        SealingKeys.new("")


def test_what_cannot_be() -> None:
    key = sealing_key()
    with raises(FormatError, "malformed", "sealing keys: the same item twice"):
        SealingKeys(PLATFORM, [(key, NOW, NOW + 1), (key, NOW, NOW + 2)])
    with raises(FormatError, "malformed", "sealing keys: the same item twice"):
        SealingKeys(PLATFORM, [(key, NOW, NOW + 1)], [SEALING])
    with raises(FormatError, "malformed", "expires: not an integer from 1800000001 to 4294967295"):
        SealingKeys(PLATFORM, [(key, NOW, NOW)])
    with raises(FormatError, "malformed", "a platform has at most 32 sealing keys"):
        SealingKeys(PLATFORM, [(SealingKey(), NOW, NOW + 1) for _ in range(33)])


# ---- Opened -------------------------------------------------------------------------------------------------------


def test_it_opens_what_was_sealed_to_any_of_them() -> None:
    keys = fortnight()
    for entry in keys.entries:
        sealed = seal_padded(entry.key, b"opening")
        opener = keys.opener(entry.key, NOW)
        assert (opener.public_key, open_padded(opener, sealed)) == (entry.key, b"opening")
        with raises(
            BadInput, "not-for-us", "sealed to another key, or changed on the way; have it sent again, to the right key"
        ):
            open_padded(opener, seal_padded(SealingKey().public_key, b"opening"))


def test_a_key_of_nobodys() -> None:
    for key in (SealingKey().public_key, b"", bytes(32)):
        assert_unknown(fortnight(), key, NOW)
        assert_unknown(SealingKeys.new(), key, NOW)


def test_what_is_sealed_in_the_evening_is_opened_in_the_morning() -> None:
    """At 23:55 by the newest key of the day; the region approves at 08:00, and the platform has other keys by then."""
    evening, morning = TODAY + DAY - 300, TODAY + DAY + 8 * 3600
    keys = fortnight()
    newest = Platform(PLATFORM, (), keys.entries).sealing_key(evening)
    assert newest is not None
    sealed = seal_padded(newest.key, b"opening")
    keys = keys.renewed(morning, 14).erased(morning)
    assert open_padded(keys.opener(newest.key, morning), sealed) == b"opening"


# ---- Erased -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False], ids=["told to", "by itself"])
def test_an_hour_after_its_end_a_key_is_erased(told: bool) -> None:
    def again(keys: SealingKeys, now: int) -> SealingKeys:
        return keys.erased(now) if told else keys

    keys, end = one(), SEALING.expires + 3600
    held = keys._held[0][1]
    assert open_padded(again(keys, end - 1).opener(SEALING.key, end - 1), seal_padded(SEALING.key, b"x")) == b"x"
    assert not held.is_erased
    assert_unknown(again(keys, end), SEALING.key, end)
    assert held.is_erased
    assert_unknown(keys, SEALING.key, NOW)  # nor with the clock set back
    assert not keys.live(SEALING.expires)
    assert keys.live(SEALING.expires - 1) == (SEALING,)


def test_erasing_leaves_the_others() -> None:
    keys = fortnight()
    late = keys.entries[3].expires + 3600
    left = keys.erased(late)
    assert left.entries == keys.entries[4:]
    assert [key.is_erased for _, key in keys._held] == [True] * 4 + [False] * 10
    assert open_padded(left.opener(left.entries[0].key, late), seal_padded(left.entries[0].key, b"x")) == b"x"


def test_an_opener_whose_key_is_erased_meanwhile() -> None:
    keys = one()
    opener, sealed = keys.opener(SEALING.key, NOW), seal_padded(SEALING.key, b"x")
    keys.erased(SEALING.expires + 3600)
    with raises(AttestationRefused, "unknown-sealing-key", UNKNOWN):
        opener.open(sealed)


def test_many_threads_while_it_is_erased() -> None:
    keys, sealed = one(), seal_padded(SEALING.key, b"x")
    said: list[str] = []

    def use(now: int) -> None:
        for _ in range(50):
            try:
                said.append(open_padded(keys.opener(SEALING.key, now), sealed).decode())
            except AttestationRefused as error:
                said.append(error.code)

    threads = [Thread(target=use, args=(now,)) for now in [NOW] * 3 + [SEALING.expires + 3600]]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(said) == 200
    assert set(said) <= {"x", "unknown-sealing-key"}
    assert said[-1] == "unknown-sealing-key"


# ---- Given up -----------------------------------------------------------------------------------------------------


def test_a_stolen_key_is_dropped_and_replaced() -> None:
    keys = fortnight()
    stolen, held = keys.entries[0], keys._held[0][1]
    left = keys.dropping([stolen.key])
    assert left.entries == keys.entries[1:]
    assert held.is_erased
    assert_unknown(left, stolen.key, NOW)
    assert left.dropping([stolen.key]).entries == left.entries, "once more is no mistake"
    after = left.renewed(NOW, 14)
    assert [each.valid_from for each in after.entries] == [each.valid_from for each in keys.entries]
    assert stolen.key not in {each.key for each in after.entries}
    found = Platform(PLATFORM, (), after.entries).sealing_key(NOW)
    assert found is not None
    assert found == after.entries[0], "the one in its place is sealed to at once"


def test_a_key_that_it_never_had_is_a_mistake() -> None:
    keys = fortnight()
    with raises(BadInput, "unknown-sealing-key", "the platform has no such sealing key: nothing has changed"):
        keys.dropping([keys.entries[0].key, SealingKey().public_key])
    assert not any(key.is_erased for _, key in keys._held)


def test_what_was_dropped_is_remembered_until_its_end() -> None:
    keys = fortnight()
    gone = keys.entries[0]
    left = parse_sealing_keys(encode_sealing_keys(keys.dropping([gone.key])))
    assert left.dropping([gone.key]).entries == left.entries
    over = left.erased(gone.expires + 3600)
    with raises(BadInput, "unknown-sealing-key", "the platform has no such sealing key: nothing has changed"):
        over.dropping([gone.key])


# ---- The file -----------------------------------------------------------------------------------------------------


def test_the_file_comes_back() -> None:
    for keys in (fortnight(), fortnight().dropping([]), SealingKeys.new("北"), one()):
        data = encode_sealing_keys(keys)
        again = parse_sealing_keys(bytes(data))
        assert (again.name, again.entries) == (keys.name, keys.entries)
        assert encode_sealing_keys(again) == data
        assert len(data) < MAX_FILE_SIZE


def test_an_erased_key_is_not_written() -> None:
    keys = one()
    keys.opener(SEALING.key, NOW)
    keys.erased(SEALING.expires + 3600)
    with pytest.raises(ValueError, match="erased"):
        encode_sealing_keys(keys)


FILE = bytes(encode_sealing_keys(one()))
PUBLIC = cbor.encode([PLATFORM, [SEALING.values()], []])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a file of sealing keys"),
        (b"HPK1", "not a file of sealing keys"),
        (b"HPK2" + FILE[4:], "not a file of sealing keys"),
        (b"HPK1\x02" + FILE[5:37] + FILE[5:37] + PUBLIC, "sealing keys: as many private as public ones"),
        (b"HPK1\x00" + PUBLIC, "sealing keys: as many private as public ones"),
        (b"HPK1\x01" + bytes(32) + PUBLIC, "a sealing key is 32 bytes, not all zero"),
        (b"HPK1\x01" + b"\x01" * 32 + PUBLIC, "sealing keys: a private key is not that of its public key"),
        (b"HPK1\x00" + cbor.encode(["n", []]), "sealing keys: not an array of 3 items"),
        (b"HPK1\x00" + cbor.encode(["", [], []]), "platform: not a text of 1 to 32 characters"),
        (FILE + b"\x00", "CBOR: bytes after the end"),
        (bytes(MAX_FILE_SIZE + 1), "a file of sealing keys has at most 65536 bytes"),
    ],
)
def test_what_is_none(data: bytes, sentence: str) -> None:
    with raises(FormatError, "malformed", sentence):
        parse_sealing_keys(data)


@given(st.integers(0, len(FILE) - 1))
def test_a_file_that_is_cut(size: int) -> None:
    with raises_one_of("malformed"):
        parse_sealing_keys(FILE[:size])


def put(path: Path, data: bytes | bytearray) -> None:
    write_atomically(str(path / "sealing.keys"), data)


def test_a_folder_is_followed(tmp_path: Path) -> None:
    folder = PlatformFolder(tmp_path)
    assert (folder.state().sealing.name, len(folder.state().sealing)) == ("national", 0)
    put(tmp_path, encode_sealing_keys(one()))
    assert folder.state().sealing.entries == (SEALING,)
    assert folder.state().sealing is folder.state().sealing
    put(tmp_path, encode_sealing_keys(one().dropping([SEALING.key])))
    assert len(folder.state().sealing) == 0
    put(tmp_path, FILE[:-1])
    with raises(FolderError, "unreadable-file", "sealing.keys: CBOR: cut short"):
        folder.state()


def test_reading_a_secret_file(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    assert read_secret(path, 10) is None
    for data in (b"", b"secret", bytes(10), bytes(11), bytes(99)):
        write_atomically(path, data)
        found = read_secret(path, 10)
        assert type(found) is Secret
        assert bytes(found) == data[:11], "one byte more than it may have says so"


def test_a_key_takes_over_bytes_that_can_be_wiped() -> None:
    secret = Secret(bytes(range(100, 132)))
    key = SealingKey(secret)
    assert key.public_key == SEALING.key
    key.erase()
    assert secret.is_wiped
    assert key.is_erased
    with raises(FormatError, "malformed", "a sealing key is 32 bytes, not all zero"):
        SealingKey(Secret(bytes(32)))


# ---- Nothing stays (what errors show: tests/unit/crypto/test_frames) ---------------------------------------------


PROGRAM = """
import gc, sys
from healthpass._files import read_secret
from healthpass.crypto import box
from healthpass.crypto.envelope import open_padded
from healthpass.issuer import PlatformFolder
from healthpass.issuer.sealing_keys import encode_sealing_keys, parse_sealing_keys
from healthpass._files import write_atomically
from tests.unit.crypto.test_erased_keys import PROGRAM

exec(PROGRAM[PROGRAM.index("def copies"):PROGRAM.index("print(")])
folder, then = sys.argv[1:]
path, now = folder + "/sealing.keys", %d
platform = PlatformFolder(folder)
keys = platform.state().sealing
masked = [bytearray(each ^ 0x5A for each in key._secret[1:31]) for _, key in keys._held]
with open(folder + "/sealed", "rb") as file:
    assert open_padded(keys.opener(keys.entries[0].key, now), file.read()) == b"opening"
if then == "erase":
    left = keys.erased(now + 30 * 86_400)
    write_atomically(path, encode_sealing_keys(left))
    assert len(platform.state().sealing) == 0
    del keys, left
gc.collect()
print(sum(copies(each) for each in masked))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
@pytest.mark.parametrize("then", ["erase", "keep"])
def test_no_copy_stays_in_the_memory_of_a_platform(tmp_path: Path, then: str) -> None:
    """Read from the folder, used, erased, written anew. Those that are kept are found, or this would prove nothing."""
    keys = fortnight()
    put(tmp_path, encode_sealing_keys(keys))
    (tmp_path / "sealed").write_bytes(seal_padded(keys.entries[0].key, b"opening"))
    words = [sys.executable, "-c", PROGRAM % NOW, str(tmp_path), then]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr
    assert (int(done.stdout) > 0) == (then == "keep")


def test_no_copy_stays_in_the_folder(tmp_path: Path) -> None:
    keys = fortnight()
    put(tmp_path, encode_sealing_keys(keys))
    secrets = [key.secret for _, key in keys._held]
    put(tmp_path, encode_sealing_keys(keys.erased(NOW + 30 * DAY)))
    found = b"".join((tmp_path / name).read_bytes() for name in os.listdir(tmp_path))
    assert not [each for each in secrets if each in found]
    gc.collect()


def test_an_entry_of_the_trust_list_is_public_alone() -> None:
    (entry,) = one().entries
    assert entry == SealingKeyEntry(SEALING.key, SEALING.valid_from, SEALING.expires)
    assert "key" not in repr(entry)
