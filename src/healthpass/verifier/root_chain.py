"""The way from the pinned roots to those of today: the trust lists that changed the roots, in order."""

from __future__ import annotations

from healthpass.errors import BadInput, TrustListRefused
from healthpass.formats import cbor, cose, fields
from healthpass.trust.signed import open_trust_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from healthpass.formats.cbor import Value
    from healthpass.formats.trust_list import TrustList
    from healthpass.formats.window import RootSet

MAX_ROTATIONS = 64
MAX_SIZE = 4_194_304
"""Bytes of all these lists together, which are kept in memory and in one file."""


class RootChain:
    """Pinned roots and the lists that have changed them since. Never altered; `after` makes a longer one.

    Attributes:
        roots: whom the next trust list must be signed by.
        version: of the list that named them; 0 for the pinned roots.
    """

    __slots__ = ("_lists", "roots", "version")

    def __init__(self, roots: RootSet, lists: tuple[bytes, ...] = (), version: int = 0) -> None:
        self.roots = roots
        self.version = version
        self._lists = lists

    def __len__(self) -> int:
        return len(self._lists)

    def after(self, content: TrustList, data: bytes) -> RootChain:
        """The chain after an accepted list: this one, unless the list changes the roots.

        Raises:
            TrustListRefused: "too-many-rotations": the chain could not be read again.
        """
        if content.roots == self.roots:
            return self
        chain = RootChain(content.roots, (*self._lists, data), content.version)
        if len(chain) > MAX_ROTATIONS or len(chain.encode()) > MAX_SIZE:
            raise TrustListRefused("too-many-rotations", "the roots have changed too often: pin those of today")
        return chain

    def encode(self) -> bytes:
        """The lists in a CBOR array; nothing at all for the pinned roots."""
        if not self._lists:
            return b""
        count = len(self._lists)
        head = bytes((0x80 + count,)) if count < 24 else bytes((0x98, count))
        return head + b"".join(map(cose.byte_string, self._lists))

    def __repr__(self) -> str:
        return f"RootChain({len(self)} rotations)"


def load_chain(pinned: RootSet, data: bytes) -> RootChain:
    """Follow the lists of a file from the pinned roots on, as far as each is signed as it was when it came."""
    chain = RootChain(pinned)
    try:
        for each in fields.array(cbor.decode(data), "rotations", _list, MAX_ROTATIONS):
            chain = chain.after(open_trust_list(each, chain.roots), each)
    except BadInput:
        return chain
    return chain


def _list(value: Value, name: str) -> bytes:
    return value if isinstance(value, bytes) else b""
