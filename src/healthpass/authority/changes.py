"""What changes from one trust list to the next, in words: each root reads this before it signs."""

from __future__ import annotations

import time

from healthpass.formats.check_policy import CheckRule
from healthpass.formats.trust_list import TrustList
from healthpass.formats.window import Window


def describe_changes(new: TrustList, previous: TrustList | None) -> list[str]:
    """A sentence for each thing that the new list says and the previous one did not, or the other way round.

    Public keys and kids are named by their first 8 hexadecimal digits. Without a previous list, everything is new.
    """
    lines = [f"version {new.version}, issued {_when(new.issued)}, expires {_when(new.expires)}"]
    if previous is None:
        lines.append("THE FIRST LIST: there is none to compare it with")
    else:
        lines.append(f"follows version {previous.version}, issued {_when(previous.issued)}")
    lines += _roots(new, previous)
    lines += _windows(new.windows, {} if previous is None else previous.windows, new.issued)
    for name, role in (("registrar", "registrar_keys"), ("risk office", "risk_keys")):
        lines += _keys(name, getattr(new, role), () if previous is None else getattr(previous, role))
    before = {} if previous is None else previous.revocation_keys
    for key in sorted(new.revocation_keys.keys() | before.keys()):
        lines += _revocation(key, new.revocation_keys.get(key, ()), before.get(key, ()))
    lines += _policy(new, previous)
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
    added = [f"adds {name} {_short(key)}" for key in new if key not in before]
    return added + [f"REMOVES {name} {_short(key)}" for key in before if key not in new]


def _windows(new: dict[bytes, Window], before: dict[bytes, Window], issued: int) -> list[str]:
    lines = []
    for kid, window in sorted(new.items(), key=lambda item: item[1].valid_from):
        if kid not in before:
            lines.append(f"adds window {_short(kid)}: {_span(window)}")
        elif before[kid] != window:
            lines.append(f"CHANGES window {_short(kid)}: {_span(window)}")
    for kid, window in sorted(before.items(), key=lambda item: item[1].valid_from):
        if kid not in new:
            live = issued < window.expires
            word = "REMOVES A LIVE" if live else "drops the finished"
            lines.append(f"{word} window {_short(kid)}: {_span(window)}")
    return lines


def _revocation(key: bytes, new: tuple[bytes, ...], before: tuple[bytes, ...]) -> list[str]:
    if set(new) == set(before):
        return []
    if not before:
        return [f"adds revocation key {_short(key)} for {len(new)} windows"]
    if not new:
        return [f"REMOVES revocation key {_short(key)}"]
    added, dropped = (" ".join(_short(kid) for kid in kids) or "none" for kids in _differences(new, before))
    return [f"changes revocation key {_short(key)}: adds windows {added}, DROPS {dropped}"]


def _differences(new: tuple[bytes, ...], before: tuple[bytes, ...]) -> tuple[list[bytes], list[bytes]]:
    return sorted(set(new) - set(before)), sorted(set(before) - set(new))


def _policy(new: TrustList, previous: TrustList | None) -> list[str]:
    before = None if previous is None else previous.policy
    if new.policy == before and previous is not None:
        return []
    if new.policy is None:
        return ["no check policy: CHECKS ARE PERMITTED EVERYWHERE"]
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


def _where(rule: CheckRule) -> str:
    return f"risk {rule.risk.name}, class {rule.place_class}"


def _terms(rule: CheckRule) -> str:
    admitted, assisted = (
        "+".join(name for bit, name in enumerate(("green", "yellow", "red")) if bits >> bit & 1) or "nobody"
        for bits in (rule.admitted, rule.assisted)
    )
    extras = (", with documents" if rule.documents else "") + (", made for the place" if rule.audience else "")
    return f"admits {admitted}, helps {assisted}{extras}"


def _span(window: Window) -> str:
    kinds = "+".join(name for bit, name in enumerate(("device", "document", "both")) if window.bindings >> bit & 1)
    tags = "" if window.document_key_id is None else f", document key {window.document_key_id.hex()}"
    when = f"{_when(window.valid_from)} to {_when(window.expires)}"
    return f"{when}, {window.capacity} claims, {kinds}{tags}, by key {_short(window.key)}"


def _short(key: bytes) -> str:
    return key.hex()[:8]


def _when(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
