"""Each parameter of each public callable is given each kind of value: it is accepted, or a `TypeError` names it.

What there is to call is found (`interface`), what is right is read from the annotations (`oracle`), and honest values
for the other parameters are made from their annotations and names (`honest`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from healthpass.errors import HealthpassError
from tests.typed import honest, token
from tests.typed.interface import Found, public_callables
from tests.typed.oracle import KINDS, accepted

CALLABLES = public_callables()
VALUES: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "bool": lambda: True,
    "float": lambda: 1.5,
    "str": lambda: "unlikely text",
    "bytes": lambda: b"unlikely bytes",
    "list": list,
    "object": object,
    "list of objects": lambda: [object()],
}
ANSWERS = (HealthpassError, ValueError, OSError, ImportError)
"""What a call with values of the right types may raise: they need not be good ones."""


def callee(each: Found, folder: Path) -> Callable[..., object]:
    """What is called: of an honest instance, if it is a method of one."""
    if each.owner is None:
        return each.function
    name = each.name.rpartition(".")[2]
    if name == "__init__":
        return each.owner
    return getattr(each.owner if each.of_class else honest.instance(each.owner, folder), name)  # type: ignore[no-any-return]


def call(each: Found, function: Callable[..., object], values: dict[str, Any]) -> object:
    """Calls it: by position as far as that goes, then by name."""
    positional: list[Any] = []
    named = {}
    by_name = False
    for parameter in each.parameters:
        if parameter.name not in values:
            by_name = True
            continue
        value = values[parameter.name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += [value]
        elif parameter.kind is parameter.VAR_KEYWORD:
            named["anything"] = value
        elif by_name or parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            positional.append(value)
    return function(*positional, **named)


@pytest.fixture(autouse=True)
def _token_put_away() -> Iterator[None]:
    yield
    token.put_away()


def answered(each: Found, values: dict[str, Any], folder: Path) -> None:
    with suppress(*ANSWERS):
        call(each, callee(each, folder), values)


@pytest.mark.parametrize("each", CALLABLES, ids=[each.name.removeprefix("healthpass.") for each in CALLABLES])
def test_a_wrong_type_is_heard_of_by_name(each: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where a text is a path
    answered(each, honest.arguments(each, tmp_path), tmp_path)
    module = each.plain.__module__
    unchanged, others = callee(each, tmp_path), honest.arguments(each, tmp_path)
    for parameter in each.parameters:
        if parameter.name.startswith("_"):
            continue
        right = accepted(parameter.annotation, module)
        for kind in KINDS:
            value = VALUES[kind]()
            if kind in right:
                answered(each, {**honest.arguments(each, tmp_path), parameter.name: value}, tmp_path)
                continue
            with pytest.raises(TypeError) as caught:
                call(each, unchanged, {**others, parameter.name: value})
            said = str(caught.value)
            name, colon, expected = said.partition(": ")
            assert (name, colon) == (parameter.name, ": "), f"{kind}: {said}"
            assert expected
            assert "unlikely" not in said
            assert caught.value.__cause__ is None


def test_the_interface_is_found() -> None:
    """Should the search for it find nothing, all of the above would pass."""
    names = {each.name for each in CALLABLES}
    assert {
        "healthpass.verifier.verifier.Verifier.decide",
        "healthpass.holder.wallet.Wallet.create",
        "healthpass.issuer.revoking.revoke",
        "healthpass.formats.text.decode_text",
        "healthpass.errors.Refused.__init__",
    } <= names
    assert len(names) == len(CALLABLES)
