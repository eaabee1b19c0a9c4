"""Bytes that can be wiped: of keys and numbers that are to be gone when they are done with."""

from __future__ import annotations


class Secret(bytearray):
    """Bytes in one place, which `wipe` overwrites and no `repr` shows. They can be neither copied nor pickled.

    What Python makes of them is another matter: `bytes(secret)`, a slice, a text are copies that nobody can wipe. So
    what works on them is given this very object, or its address.
    """

    __slots__ = ()

    def wipe(self) -> None:
        """Overwrite them with zeros."""
        self[:] = bytes(len(self))

    @property
    def is_wiped(self) -> bool:
        """Whether they are all zero."""
        return not any(self)

    def __del__(self) -> None:
        self.wipe()

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a secret is not copied")

    def copy(self) -> bytearray:
        """Raises `TypeError`."""
        raise TypeError("a secret is not copied")

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__
