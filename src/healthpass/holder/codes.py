"""The recovery code of each name: made with its first enrolment, written down once, good for all of them.

The hash in an opening is that of the code and of a salt, two random bytes that no other enrolment with this code has:
so the platform cannot see which of its rows belong together until the code is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from healthpass.crypto.recovery import CODE_SIZE, SALT_SIZE, recovery_code_from, recovery_hash
from healthpass.errors import WalletError

Random = Callable[[int], bytes]
"""So many random bytes."""
MAX_CODES = 256
"""Names at once."""
MAX_SALTS = 4096
"""Of one code, the newest: at one enrolment a day those of eleven years. What an older one was for is long over."""


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """What one name can take back its passes with.

    Attributes:
        name: whose passes.
        secret: 16 random bytes.
        salts: 2 bytes of each enrolment, oldest first.
    """

    name: str
    secret: bytes
    salts: bytes = b""

    @property
    def text(self) -> str:
        """As it is written down."""
        return recovery_code_from(self.secret)

    def __repr__(self) -> str:
        return "Code(...)"


def new_code(name: str, random: Random) -> Code:
    """A code that nothing was enrolled with yet."""
    return Code(name, random(CODE_SIZE))


def code_of(codes: tuple[Code, ...], name: str) -> Code:
    """The code under a name.

    Raises:
        WalletError: "unknown-name".
    """
    for each in codes:
        if each.name == name:
            return each
    raise WalletError("unknown-name", "there is nothing under this name; check the name")


def with_code(codes: tuple[Code, ...], code: Code) -> tuple[Code, ...]:
    """With `code` in the place of the one under its name, or as the last one.

    Raises:
        WalletError: "wallet-full".
    """
    if all(each.name != code.name for each in codes):
        codes = (*codes, code)
    if len(codes) > MAX_CODES:
        raise WalletError("wallet-full", f"the wallet has {MAX_CODES} names: forget one of them")
    return tuple(code if each.name == code.name else each for each in codes)


def next_hash(code: Code, random: Random) -> tuple[Code, bytes]:
    """The hash for one more enrolment, and the code with its salt used."""
    used = {code.salts[at : at + SALT_SIZE] for at in range(0, len(code.salts), SALT_SIZE)}
    salt = random(SALT_SIZE)
    while salt in used:
        salt = random(SALT_SIZE)
    salts = (code.salts + salt)[-SALT_SIZE * MAX_SALTS :]
    return replace(code, salts=salts), recovery_hash(code.text, salt)
