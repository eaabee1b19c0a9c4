"""Passphrases as RFC 8265 has them (OpaqueString), so that one passphrase is the same bytes on every keyboard.

The characters allowed are those of the FreeformClass of RFC 8264, derived as its section 8 says from the Unicode data
of this Python, with the contextual rules of RFC 5892, appendix A.
"""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import category, combining, name, normalize

from healthpass.errors import KeyFileError
from healthpass.formats.typed import is_invisible

_CODE = "passphrase-character"
_ALLOWED = frozenset(
    (
        *("Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc"),  # LetterDigits
        *("Lt", "Nl", "No", "Me", "Zs"),  # OtherLetterDigits and Spaces
        *("Sm", "Sc", "Sk", "So", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"),  # Symbols and Punctuation
    )
)
_DISALLOWED = frozenset("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b")
"""The exceptions of section 9.6 that are allowed nowhere. (Those allowed everywhere are letters and digits anyway.)"""
_OLD_HANGUL = ((0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB))
_NON_JOINER, _JOINER, _VIRAMA = "\u200c", "\u200d", 9
_ARABIC = frozenset(map(chr, range(0x660, 0x66A)))
_EXTENDED_ARABIC = frozenset(map(chr, range(0x6F0, 0x6FA)))
_JAPANESE = ("HIRAGANA ", "KATAKANA ", "CJK ", "KANGXI ", "IDEOGRAPHIC ITERATION", "IDEOGRAPHIC NUMBER", "HANGZHOU ")
# Joining_Type of Unicode, the ranges without holes for what is not assigned: first D, then R, then L.
_DUAL = (
    "620 626 628 62A-62E 633-63F 641-647 649-64A 66E-66F 678-687 69A-6BF 6C1-6C2 6CC 6CE 6D0-6D1 6FA-6FC 6FF 712-714 "
    "71A-71D 71F-727 729 72B 72D-72E 74E-758 75C-76A 76D-770 772 775-777 77A-77F 7CA-7EA 841-845 848 84A-853 855 860 "
    "862-865 868 886 889-88D 88F 8A0-8A9 8AF-8B0 8B3-8B8 8BA-8C8 1807 1820-1878 1887-18A8 18AA A840-A871 10AC0-10AC4 "
    "10AD3-10AD6 10AD8-10ADC 10ADE-10AE0 10AEB-10AEE 10B80 10B82 10B86-10B88 10B8A-10B8B 10B8D 10B90 10BAD-10BAE "
    "10D01-10D21 10D23 10EC3-10EC7 10F30-10F32 10F34-10F44 10F51-10F53 10F70-10F73 10F76-10F81 10FB0 10FB2-10FB3 10FB8 "
    "10FBB-10FBC 10FBE-10FBF 10FC1 10FC4 10FCA 1E900-1E943"
)
_RIGHT = (
    "622-625 627 629 62F-632 648 671-673 675-677 688-699 6C0 6C3-6CB 6CD 6CF 6D2-6D3 6D5 6EE-6EF 710 715-719 71E "
    "728 72A 72C 72F 74D 759-75B 76B-76C 771 773-774 778-779 840 846-847 849 854 856-858 867 869-882 88E 8AA-8AC "
    "8AE 8B1-8B2 8B9 10AC5 10AC7 10AC9-10ACA 10ACE-10AD2 10ADD 10AE1 10AE4 10AEF 10B81 10B83-10B85 10B89 10B8C "
    "10B8E-10B8F 10B91 10BA9-10BAC 10D22 10EC2 10F33 10F54 10F74-10F75 10FB4-10FB6 10FB9-10FBA 10FBD 10FC2-10FC3 "
    "10FC9"
)
_LEFT = "A872 10ACD 10AD7 10D00 10FCB"
_SEEN_FORMATS = ((0x600, 0x605), (0x6DD, 0x6DD), (0x890, 0x891), (0x8E2, 0x8E2), (0x2066, 0x2069), (0x110BD, 0x110CD))
"""Format characters that are not transparent to joining."""


def opaque_string(passphrase: str) -> bytes:
    """The UTF-8 bytes of a passphrase in the one form that it has.

    1. Blanks of other kinds become U+0020; then Normalisation Form C. Nothing else changes: no blank at an end is
       dropped, and upper case stays.
    2. Every character is one that RFC 8265 allows, where it stands.

    Args:
        passphrase: not empty.

    Raises:
        KeyFileError: "passphrase-character": it has a character that a passphrase cannot have.
    """
    if not passphrase.isascii():
        passphrase = normalize("NFC", "".join(" " if category(each) == "Zs" else each for each in passphrase))  # 1
    for at, char in enumerate(passphrase):  # 2
        if not (" " <= char <= "~" or _is_allowed(char, passphrase, at)):
            raise KeyFileError(_CODE, _why_not(char))
    return passphrase.encode()


def _is_allowed(char: str, text: str, at: int) -> bool:
    if char in (_NON_JOINER, _JOINER):
        return _follows_virama(text, at) or (char == _NON_JOINER and _is_between_joining(text, at))
    if char in _RULES:
        return _RULES[char](text, at)
    if char in _ARABIC or char in _EXTENDED_ARABIC:
        return (_EXTENDED_ARABIC if char in _ARABIC else _ARABIC).isdisjoint(text)
    if char in _DISALLOWED or _is_within(ord(char), _OLD_HANGUL) or is_invisible(char):
        return False
    return category(char) in _ALLOWED


def _why_not(char: str) -> str:
    kind = category(char)
    if kind == "Cs":
        return "a passphrase is Unicode: type it on a terminal that is set to UTF-8"
    if kind == "Cc":
        return "a passphrase cannot have a tab, a line end or another control character in it: type it without"
    if kind == "Cn":
        return "the passphrase has a character that the Unicode tables of this Python do not know: use a newer Python"
    return (
        "the passphrase has a character that RFC 8265 does not allow where it stands, such as an invisible one or an "
        "emoji that is made of several: type it without"
    )


def _follows_virama(text: str, at: int) -> bool:
    return at > 0 and combining(text[at - 1]) == _VIRAMA


def _is_between_joining(text: str, at: int) -> bool:
    """RFC 5892, A.1: between a letter that joins to the left and one that joins to the right, or marks of these."""
    before = next((each for each in reversed(text[:at]) if not _is_transparent(each)), "")
    after = next((each for each in text[at + 1 :] if not _is_transparent(each)), "")
    return _joins(before, _DUAL, _LEFT) and _joins(after, _DUAL, _RIGHT)


def _joins(char: str, *tables: str) -> bool:
    return char != "" and any(_is_within(ord(char), _ranges(table)) for table in tables)


def _is_transparent(char: str) -> bool:
    seen = char in (_NON_JOINER, _JOINER, "\u180e") or _is_within(ord(char), _SEEN_FORMATS)
    return category(char) in ("Mn", "Me", "Cf") and not seen


def _ranges(table: str) -> tuple[tuple[int, int], ...]:
    pairs = (each.partition("-") for each in table.split())
    return tuple((int(low, 16), int(high or low, 16)) for low, _, high in pairs)


def _is_within(point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= point <= high for low, high in ranges)


def _is_of(char: str, *scripts: str) -> bool:
    return name(char, "").startswith(scripts)


_RULES: dict[str, Callable[[str, int], bool]] = {
    "\u00b7": lambda text, at: text[at - 1 : at + 2] == "l\u00b7l",  # the middle dot of Catalan
    "\u0375": lambda text, at: _is_of(text[at + 1 : at + 2] or " ", "GREEK "),
    "\u05f3": lambda text, at: at > 0 and _is_of(text[at - 1], "HEBREW "),
    "\u05f4": lambda text, at: at > 0 and _is_of(text[at - 1], "HEBREW "),
    "\u30fb": lambda text, at: any(_is_of(each, *_JAPANESE) and each != "\u30fb" for each in text),
}
