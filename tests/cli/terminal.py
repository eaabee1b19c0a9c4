"""The command line as a test uses it: a folder, a passphrase, a fixed time, and the result of each command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from healthpass.cli.main import main

NOW = 1_800_000_000
DAY = 86_400
SCALE = '[attester.scale]\n"绿" = "green"\n"amber" = "yellow"\n'


class Typed(BytesIO):
    """Standard input of a command, from a keyboard."""

    def isatty(self) -> bool:
        return True


@dataclass(slots=True)
class Terminal:
    """Runs commands as a user would; `path` makes a path in its folder."""

    folder: Path

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def run(self, *words: str, code: int = 0, stdin: str | bytes | None = None, typed: str | None = None) -> str:
        """Standard output of a command that exits with `code`; on misuse, standard error. `stdin` comes from a program,
        `typed` from somebody at a terminal."""
        given = stdin if typed is None else Typed(typed.encode())
        result = CliRunner(env={"HEALTHPASS_PASSPHRASE": "grandmother's tea"}).invoke(main, list(words), input=given)
        assert result.exit_code == code, (words, result.output, result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.stderr if code == 2 else result.stdout

    def json(self, *words: str, code: int = 0, stdin: str | bytes | None = None) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.run(*words, "--json", code=code, stdin=stdin))

    def trust(self) -> None:
        """Two of three roots sign a list of twelve days: roots.txt and trust-list.cbor."""
        path = self.path
        for n in (1, 2, 3):
            self.run("keygen", path(f"root{n}.key"))
        publics = [path(f"root{n}.key.pub") for n in (1, 2, 3)]
        self.run("root", "pin", *publics, "--threshold", "2", "--out", path("roots.txt"))
        self.run("windows", path("platform"), "--days", "12", "--capacity", "1024", "--now", str(NOW))
        roots, windows = path("roots.txt"), path("platform/platform.pub.cbor")
        draft, out = path("draft.cbor"), path("trust-list.cbor")
        self.run("root", "draft", "--roots", roots, "--windows", windows, "--out", draft, "--now", str(NOW))
        for n in (1, 3):
            self.run("root", "sign", "--yes", draft, "--key", path(f"root{n}.key"), "--out", path(f"sig{n}"))
        self.run("root", "combine", draft, path("sig1"), path("sig3"), "--roots", roots, "--out", out)

    def enrol(self, color: str = "绿", showings: int = 8) -> None:
        """A region vouches for the keys of me.wallet, and the platform's batch goes into it."""
        path = self.path
        trust = ("--trust-list", path("trust-list.cbor"))
        key = self.json("keygen", path("region.key"))["public_key"]
        rule = f'[[attester]]\nregion = "North"\nkey = "{key}"\nbindings = ["device"]\n'
        Path(path("platform/rules.toml")).write_text(rule + SCALE, encoding="utf-8")
        region, roots, now = ("--key", path("region.key")), ("--roots", path("roots.txt")), ("--now", str(NOW))
        offer, answer, request = path("offer.cbor"), path("answer.cbor"), path("request.cbor")
        many = ("--days", "2", "--showings", str(showings))
        self.run("attest", "offer", *region, *trust, *roots, *many, "--out", offer, *now)
        self.run("wallet", "new", path("me.wallet"), *roots)
        self.run("wallet", "answer", path("me.wallet"), offer, "--out", answer, *trust, *now)
        signing = ("--offer", offer, "--answer", answer, "--color", color, "--out", request)
        self.run("attest", "sign", *region, *trust, *roots, *signing, *now)
        batch = path("batch.cbor")
        self.run("hold", path("platform"), path("trust-list.cbor"), *roots, "--confirm-clock", *now)
        self.run("issue", request, "--platform", path("platform"), "--out", batch, *now)
        self.run("wallet", "accept", path("me.wallet"), batch, *trust, *now)

    def present(self, *options: str, now: int = NOW) -> Any:
        return self.json("present", self.path("me.wallet"), "--now", str(now), *options)

    def scanner(self, *options: str, now: int = NOW) -> list[str]:
        """The options of a scanner that keeps its state and has taken the trust list."""
        trust = self.path("trust-list.cbor")
        state = ["--roots", self.path("roots.txt"), "--state", self.path("scanner"), "--trust-list", trust]
        return [*state, "--now", str(now), *options]
