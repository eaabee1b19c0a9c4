"""What changes from one trust list to the next, in words: each root reads this before it signs."""

from __future__ import annotations

from collections.abc import Iterable

from healthpass._shown import compared, shown
from healthpass._typed import typed
from healthpass.authority.platform_changes import platform_lines
from healthpass.authority.wording import span, when
from healthpass.formats.check_policy import ALL_COLORS, CheckRule
from healthpass.formats.hand_in import HandIn
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window


@typed
def describe_changes(new: TrustList, previous: TrustList | None, handed_in: Iterable[HandIn] = ()) -> list[str]:
    """A sentence for each thing that the new list says and the previous one did not, or the other way round; and, of
    every list, the digest of what each platform handed in, how many kids each period has, and what does not work:
    whether nobody can revoke, stations cannot vouch, windows or sealing keys have a gap while the list serves, or a
    rule lets everybody in.

    Public keys are shown by their first 128 bits, in groups of four hexadecimal digits; kids whole.

    Args:
        new: the list that is to be signed.
        previous: the one before; without it, everything is new.
        handed_in: what each platform has handed in, if the signer has these files. By default the digest is that of
            one file for each platform, with all its windows and sealing keys that are not over.
    """
    lines = [f"version {new.version}, issued {when(new.issued)}, expires {when(new.expires)}"]
    if previous is None:
        lines.append("THE FIRST LIST: there is none to compare it with")
    else:
        lines.append(f"follows version {previous.version}, issued {when(previous.issued)}")
        if new.issued < previous.issued:
            lines.append("ISSUED BEFORE THE LIST THAT IT FOLLOWS: that one was dated in the future")
    lines += _roots(new, previous)
    lines += platform_lines(new, previous, list(handed_in))
    lines += _windows(new.windows, {} if previous is None else previous.windows, new.issued)
    for name, role in (("registrar", "registrar_keys"), ("risk office", "risk_keys")):
        lines += _keys(name, getattr(new, role), () if previous is None else getattr(previous, role))
    before = {} if previous is None else previous.revocation_keys
    for key in sorted(new.revocation_keys.keys() | before.keys()):
        lines += _revocation(key, new.revocation_keys.get(key, ()), before.get(key, ()))
    lines += _nobody_can_revoke(new)
    lines += _policy(new, previous) + _admits_everybody(new)
    if previous is None:
        lines.append(f"grace time: {new.grace} s")
    elif new.grace != previous.grace:
        lines.append(f"CHANGES the grace time: {previous.grace} s -> {new.grace} s")
    return lines


def _roots(new: TrustList, previous: TrustList | None) -> list[str]:
    if previous is None:
        return [f"roots: {new.roots.threshold} of {len(new.roots.keys)}", *_keys("root", new.roots.keys, ())]
    if new.roots == previous.roots:
        return []
    was, now = (f"{each.threshold} of {len(each.keys)}" for each in (previous.roots, new.roots))
    return [f"ROTATES THE ROOTS: {was} -> {now}", *_keys("root", new.roots.keys, previous.roots.keys)]


def _keys(name: str, new: tuple[bytes, ...], before: tuple[bytes, ...]) -> list[str]:
    added = [f"adds {name} {compared(key)}" for key in new if key not in before]
    return added + [f"REMOVES {name} {compared(key)}" for key in before if key not in new]


def _windows(new: dict[bytes, Window], before: dict[bytes, Window], issued: int) -> list[str]:
    lines = []
    for kid, window in sorted(new.items(), key=lambda item: item[1].valid_from):
        if kid not in before:
            lines.append(f"adds window {shown(kid)}: {span(window)}")
        elif before[kid] != window:
            lines.append(f"CHANGES window {shown(kid)}: {span(before[kid])} -> {span(window)}")
    for kid, window in sorted(before.items(), key=lambda item: item[1].valid_from):
        if kid not in new:
            word = "drops the finished" if window.is_over(issued) else "REMOVES A LIVE"
            lines.append(f"{word} window {shown(kid)}: {span(window)}")
    return lines


def _revocation(key: bytes, new: tuple[bytes, ...], before: tuple[bytes, ...]) -> list[str]:
    if set(new) == set(before):
        return []
    if not before:
        return [f"adds revocation key {compared(key)} for {len(new)} windows"]
    if not new:
        return [f"REMOVES revocation key {compared(key)}"]
    added, dropped = (" ".join(shown(kid) for kid in kids) or "none" for kids in _differences(new, before))
    return [f"changes revocation key {compared(key)}: adds windows {added}, DROPS {dropped}"]


def _nobody_can_revoke(new: TrustList) -> list[str]:
    """Said of every list, whether or not it was so before: it is never routine."""
    if not new.revocation_keys:
        return ["NOBODY CAN REVOKE: there is no revocation key, so whatever is issued counts until its window is over"]
    return [f"NOBODY CAN REVOKE under window {shown(each.kid)}: {span(each)}" for each in new.unrevocable()]


def _differences(new: tuple[bytes, ...], before: tuple[bytes, ...]) -> tuple[list[bytes], list[bytes]]:
    return sorted(set(new) - set(before)), sorted(set(before) - set(new))


def _policy(new: TrustList, previous: TrustList | None) -> list[str]:
    before = None if previous is None else previous.policy
    if new.policy == before and previous is not None:
        return []
    if new.policy is None:
        return ["no check policy: CHECKS ARE PERMITTED EVERYWHERE, green is let in, documents are asked for"]
    lines = [] if before is not None else ["a check policy: no checks but those that it permits"]
    old_rules = {} if before is None else {(rule.risk, rule.place_class): rule for rule in before.rules}
    new_rules = {(rule.risk, rule.place_class): rule for rule in new.policy.rules}
    for at, rule in new_rules.items():
        old = old_rules.get(at)
        if old is None:
            lines.append(f"permits checks: {_where(rule)}: {_terms(rule)}")
        elif old != rule:
            lines.append(f"CHANGES checks: {_where(rule)}: {_terms(old)} -> {_terms(rule)}")
    return lines + [f"NO MORE CHECKS: {_where(rule)}" for at, rule in old_rules.items() if at not in new_rules]


def _admits_everybody(new: TrustList) -> list[str]:
    """Said of every list, as above: such a check tells nobody anything, and opens to whoever shows any pass."""
    rules = [] if new.policy is None else new.policy.rules
    return [
        f"EVERYBODY IS LET IN, whatever the colour: {_where(each)}" for each in rules if each.admitted == ALL_COLORS
    ]


def _where(rule: CheckRule) -> str:
    return f"risk {rule.risk.name}, class {rule.place_class}"


def _terms(rule: CheckRule) -> str:
    admitted, assisted = (
        "+".join(name for bit, name in enumerate(("green", "yellow", "red")) if bits >> bit & 1) or "nobody"
        for bits in (rule.admitted, rule.assisted)
    )
    asked = "+".join(name for bit, name in enumerate(("paper", "phone")) if rule.documents >> bit & 1)
    extras = (f", documents for {asked}" if asked else "") + (", made for the place" if rule.audience else "")
    return f"admits {admitted}, helps {assisted}{extras}"
