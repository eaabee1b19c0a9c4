"""One example of each command, which its help ends with. A test runs them all, in a little country of files."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

import click

_TRUST = "--trust-list trust-list.cbor --roots roots.txt"
_REGION = "--key north.key --sealing-key north.seal --document-keys north.keys"
_STATION = "--key station.key --certificate station.cert --sealing-key station.seal --document-keys station.keys"
_ASKED = f"--region north.cert --region-sealing-key asked/sealing-key.cbor {_TRUST} --state desk"

EXAMPLES = {
    "keygen": "new.key --seal",
    "document-key new": "new.document",
    "document-key deliver": ("--key registrar.key --to gate.seal.pub --keys document.key --version 2 --out gate.keys"),
    "windows": "platform --days 16",
    "sealing": "platform --days 20",
    "hold": "platform trust-list2.cbor",
    "root pin": "root1.key.pub root2.key.pub --threshold 2 --out roots.txt",
    "root draft": "--roots roots.txt --previous trust-list.cbor --out new.draft",
    "root sign": "draft.cbor --key root1.key --out new.sig",
    "root combine": "draft.cbor root1.sig root2.sig --roots roots.txt --out new.list",
    "root check": "trust-list2.cbor --roots roots.txt --previous trust-list.cbor",
    "root publish": "trust-list2.cbor --roots roots.txt --to site",
    "root impact": "trust-list.cbor 6b696430 --platform platform",
    "place certify": "--key registrar.key --class hospital --area 7 --png new.png --out new.txt",
    "place table": "--key risk.key --version 3 --high 7 --out new.cbor",
    "place publish": f"areas2.cbor {_TRUST} --to site",
    "bundle": "--trust-list trust-list.cbor --revocation published --out new.bundle",
    "attest offer": f"--key north.key {_TRUST} --days 2 --out new.offer",
    "attest sign": (
        f"{_REGION} --offer relative.offer --answer relative.answer --color 绿 --document resident-id {_TRUST} "
        "--out new.request"
    ),
    "attest paper": f"{_REGION} --color 绿 --document resident-id {_TRUST} --out new.request",
    "attest revoke": "--key north.key --request me.request --out new.notice",
    "audit key": "new.audit",
    "audit check": "audit.log --checkpoint checkpoint-1 --key checkpoints.key.pub",
    "audit checkpoint": (
        "audit.log --key checkpoints.key --origin audit.north.example/2027 --previous checkpoint-1 --out checkpoint-2"
    ),
    "audit set-clock": "ahead.log --audit-key audit.key",
    "audit find": "audit.log --audit-key audit.key --document resident-id",
    "issue": "third.request --platform platform --out third.batch",
    "paper": f"paper.batch --card --zone Asia/Shanghai {_TRUST} --out new.pdf",
    "revoke": "--platform platform --notice other.notice",
    "snapshot": "--platform platform --key revocation.key --out published",
    "recover": "--platform restored --published published",
    "wallet new": "new.wallet --roots roots.txt",
    "wallet answer": "me.wallet third.offer --name mother --out new.answer",
    "wallet code": "other.wallet",
    "wallet accept": "other.wallet other.batch --trust-list trust-list.cbor",
    "wallet update": "me.wallet --trust-list trust-list2.cbor --area-table areas2.cbor",
    "present": "me.wallet --place hospital.txt --png new.png",
    "verify": (
        "pass.txt --state scanner --roots roots.txt --trust-list trust-list.cbor --area-table areas.cbor "
        "--revocation published/snapshot.cbor --pieces published --place hospital.txt"
    ),
    "scanner-test": "--svg code.svg",
    "inspect": "trust-list.cbor",
    "doctor": "published site audit.log me.wallet",
    "vectors run": "-- python3 my_reader.py",
    "demo": "",
    "station certify": "--key registrar.key --station station.key.pub --area 7 --out new.cert",
    "station certify-region": "--key registrar.key --region north.key.pub --name North --out new.cert",
    "station answer": (
        f"{_REGION} {_TRUST} --platform platform --people people.toml --stations stations.toml --out day "
        "--state region --audit audit.log --audit-key audit.key"
    ),
    "station ask": f"{_STATION} {_ASKED} --document resident-id --consent --out query.cbor --png new.png",
    "station desk": f"{_STATION} {_ASKED} --folder person --png new.png",
    "station form": "--out form.pdf",
    "station survey": "--out new.answers",
    "station vouch": (
        f"{_STATION} {_TRUST} --document resident-id --answers answers.txt --color green --out new.vouched"
    ),
    "station revoke": "--key station.key --attestation vouched.cbor --out new.notice",
    "station check": "answers.txt --attestation vouched.cbor",
    "station issue": f"vouched.cbor --platform platform {_TRUST} --out new.txt --png new.png",
    "station add": "stations.toml --certificate station.cert --name 'City hospital'",
    "station remove": "stations.toml 00112233445566aa",
    "station list": "stations.toml",
}
"""By command: the words after `healthpass COMMAND`."""


def show_in_help(group: click.Group) -> None:
    """Put each example at the end of the help of its command."""
    for name, command in commands(group):
        command.epilog = f"\b\nExample:\n  $ {example(name)}"


def example(name: str, width: int = 70) -> str:
    """The example as it is typed, in lines of at most `width` columns."""
    lines = wrap(f"healthpass {name} {EXAMPLES[name]}", width, break_on_hyphens=False, break_long_words=False)
    return " \\\n      ".join(lines)


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    """All commands beneath a group that are no groups themselves, with their names as they are typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command
