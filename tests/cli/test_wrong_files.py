"""The wrong file, the wrong order, the missing option: what somebody does who has never seen the commands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.terminal import NOW, Terminal

NOW_ = ("--now", str(NOW))


@pytest.fixture
def country(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A trust list, a region and a wallet with passes, in the folder that the commands run in."""
    monkeypatch.chdir(terminal.folder)
    return terminal


OWN = ("--key", "region.key", "--trust-list", "trust-list.cbor", "--roots", "roots.txt")
SIGN = ("root", "combine", "draft.cbor", "sig1", "sig3", "--roots", "roots.txt")


def instead(words: tuple[str, ...], right: str, wrong: str) -> tuple[str, ...]:
    assert right in words
    return tuple(wrong if word == right else word for word in words)


ATTEST = ("attest", "sign", *OWN, "--offer", "offer.cbor", "--answer", "answer.cbor", "--color", "绿")
OFFER = ("attest", "offer", *OWN)
NOTICE = ("attest", "revoke", "--key", "region.key", "--request", "request.cbor")
BUNDLE = ("bundle", "--trust-list", "trust-list.cbor")
PRINT = ("paper", "batch.cbor", "--trust-list", "trust-list.cbor", "--roots", "roots.txt", "--card", "--zone", "+08:00")
WRONG = (
    (SIGN, "draft.cbor", "trust-list.cbor", "trust list"),
    (SIGN, "sig1", "roots.txt", "pinned roots"),
    (SIGN, "roots.txt", "draft.cbor", "draft of a trust list"),
    (("root", "sign", "draft.cbor", "--yes", "--key", "root1.key"), "draft.cbor", "trust-list.cbor", "trust list"),
    (
        ("root", "sign", "draft.cbor", "--yes", "--key", "root1.key"),
        "root1.key",
        "root1.key.pub",
        "public key file",
    ),
    (("root", "pin", "root1.key.pub", "--threshold", "1"), "root1.key.pub", "root1.key", "private key file"),
    (OFFER, "trust-list.cbor", "draft.cbor", "draft of a trust list"),
    (OFFER, "region.key", "region.key.pub", "public key file"),
    (OFFER, "roots.txt", "trust-list.cbor", "trust list"),
    (ATTEST, "offer.cbor", "answer.cbor", "key request"),
    (ATTEST, "answer.cbor", "offer.cbor", "offer"),
    (NOTICE, "request.cbor", "offer.cbor", "offer"),
    (BUNDLE, "trust-list.cbor", "draft.cbor", "draft of a trust list"),
    ((*BUNDLE, "--place", "poster.txt"), "poster.txt", "region.key", "private key file"),
    (PRINT, "batch.cbor", "request.cbor", "issue request"),
    (("issue", "request.cbor", "--platform", "platform"), "request.cbor", "offer.cbor", "offer"),
    (("wallet", "answer", "me.wallet", "offer.cbor"), "offer.cbor", "draft.cbor", "draft of a trust list"),
)
"""A command, its right file, the wrong file that is named instead, and what that is."""


@pytest.mark.parametrize("row", WRONG, ids=lambda row: f"{' '.join(row[0][:2])}: {row[2]} for {row[1]}")
def test_the_wrong_file_is_named_with_what_it_is(country: Terminal, row: tuple[tuple[str, ...], str, str, str]) -> None:
    words, right, wrong, kind = row
    clock = () if words[0] in ("root", "bundle") else NOW_
    before = sorted(os.listdir())
    out = "x.svg" if words[0] == "paper" else "x"
    said = country.run(*instead(words, right, wrong), "--out", out, *clock, code=2)
    assert f": {wrong}: " in f": {said.split('): ')[-1]}", said
    assert said.endswith(f"; this is '{kind}': name the right file\n"), said
    assert sorted(set(os.listdir()) - set(before)) in ([], ["region.key.clock"])


@pytest.mark.parametrize("option", ["present", "verify"])
def test_the_wrong_poster_is_named(country: Terminal, option: str) -> None:
    for wrong, kind in (("roots.txt", "pinned roots"), ("trust-list.cbor", "trust list")):
        words = ("present", "me.wallet", *NOW_) if option == "present" else ("verify", "HP1:", *country.scanner())
        said = country.run(*words, "--place", wrong, code=2)
        assert said.startswith(f"error (malformed): {wrong}: ")
        assert said.endswith(f"; this is '{kind}': name the right file\n")


def test_a_file_of_nobody_knows_what(country: Terminal) -> None:
    """A binary file that is none of ours: it is named, and what to do with it is said."""
    Path("notes").write_bytes(b"\x00\x01\x02")
    said = country.run(*instead(ATTEST, "answer.cbor", "notes"), "--out", "x", *NOW_, code=2)
    assert said.startswith("error (malformed): notes: ")
    assert said.endswith("; name the right file, or fetch it again\n")
    said = country.run("inspect", "notes", code=2)
    assert (
        said
        == "error (malformed): notes: none of our messages, or a damaged one; name the right file, or fetch it again\n"
    )


def test_a_folder_is_for_doctor(country: Terminal) -> None:
    said = country.run("inspect", country.path("platform"), code=2)
    assert "platform: a folder; `healthpass doctor` looks at all of it" in said


def test_a_picture_that_is_none(country: Terminal) -> None:
    """A file that is neither a text nor a picture is named, with what it is."""
    for words in (("verify", "trust-list.cbor", *country.scanner()),):
        said = country.run(*words, code=2)
        assert said == (
            "error (not-a-picture): trust-list.cbor: not a picture that can be read; this is 'trust list':"
            " name the right file\n"
        )
    Path("pass.png").write_bytes(b"no picture")
    for words in (("verify", "pass.png", *country.scanner()), ("inspect", "pass.png")):
        said = country.run(*words, code=2)
        assert said.startswith("error (not-a-picture): pass.png: not a picture that can be read; save it anew: ")
