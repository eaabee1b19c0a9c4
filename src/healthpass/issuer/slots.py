"""Slots: the issuer counts its claims, and shows each count under a keyed permutation.

The n-th claim under a kid gets slot PRP(n). So the slots of a kid are distinct, all below its capacity, and say nothing
about how many claims there are or which belong together, to anybody without the kid's slot secret.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b

from healthpass._frames import guarded
from healthpass._typed import typed
from healthpass.errors import FormatError
from healthpass.formats.window import check_capacity

SECRET_SIZE = 32
ROUNDS = 10
"""As many as FF1 has (NIST SP 800-38G), which also works on domains as small as these."""
_PERSON = b"healthpass slot"


@typed
class SlotPermutation:
    """A permutation of the numbers below `capacity`: a balanced Feistel network with keyed BLAKE2b (RFC 7693) rounds.

    The capacity is a power of four, so both halves have the same number of bits and no value has to be walked past.

    A round is a function of half the bits. Once as many slots have been asked for as a half has values, all values of
    all rounds are kept in tables (80 kB for 4^12, 1.3 MB for 4^16), which makes a slot five times as cheap.

    Args:
        secret: 32 bytes, one for each kid, kept as long as the kid's claims may be revoked.
        capacity: a power of four from 4 to 2^32.

    Raises:
        FormatError: a secret of another size, or another capacity.
    """

    __slots__ = ("_asked", "_capacity", "_half", "_mask", "_rounds", "_tables")

    @guarded
    def __init__(self, secret: bytes, capacity: int) -> None:
        if len(secret) != SECRET_SIZE:
            raise FormatError("a slot secret is 32 bytes")
        self._capacity = check_capacity(capacity)
        self._half = (capacity.bit_length() - 1) // 2
        self._mask = (1 << self._half) - 1
        # Key and round number are absorbed once; each round then copies the state and adds the right half.
        self._rounds = [blake2b(bytes((n,)), digest_size=2, key=secret, person=_PERSON) for n in range(ROUNDS)]
        self._tables: list[array[int]] | None = None
        self._asked = 0

    def slot(self, number: int) -> int:
        """The slot of the claim with this number.

        Raises:
            ValueError: the number is not below the capacity.
        """
        if not 0 <= number < self._capacity:
            raise ValueError("a number must be below the capacity")
        left, right = number >> self._half, number & self._mask
        tables = self._tables or self._asked_again()
        if tables is None:
            for n in range(ROUNDS):
                left, right = right, left ^ self._round(n, right)
        else:
            for table in tables:
                left, right = right, left ^ table[right]
        return left << self._half | right

    def number(self, slot: int) -> int:
        """The number whose slot it is: the other way round, for a ledger that has lost what it gave.

        Raises:
            ValueError: the slot is not below the capacity.
        """
        if not 0 <= slot < self._capacity:
            raise ValueError("a slot must be below the capacity")
        left, right = slot >> self._half, slot & self._mask
        tables = self._tables or self._asked_again()
        for n in reversed(range(ROUNDS)):
            left, right = right ^ (self._round(n, left) if tables is None else tables[n][left]), left
        return left << self._half | right

    def _asked_again(self) -> list[array[int]] | None:
        """The tables, once they are worth it."""
        self._asked += 1
        if self._asked > self._mask:
            self._tables = [array("H", (self._round(n, x) for x in range(self._mask + 1))) for n in range(ROUNDS)]
        return self._tables

    def _round(self, n: int, right: int) -> int:
        state = self._rounds[n].copy()
        state.update(right.to_bytes(2, "little"))
        return int.from_bytes(state.digest(), "little") & self._mask

    def __repr__(self) -> str:
        return "SlotPermutation(...)"
