"""Every place that writes a file goes through `healthpass._files`, or is known here with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

import healthpass

SOURCE = Path(healthpass.__file__).parent
KNOWN = {
    ("_files.py", "os.open"),
    ("attester/audit/file.py", "os.open"),  # only ever adds at the end of one file, which is locked
    ("attester/query_log.py", "os.open"),  # its lock, and the file that it adds to; that is replaced by `_files`
    ("cli/doctor/disk.py", "os.open"),  # reads: a folder is looked at without following links
    ("cli/main.py", "os.open"),  # the null device, in place of a pipe that is closed
    ("cli/locks.py", "os.open"),  # the lock of a folder
    ("holder/sealed_file.py", "os.open"),  # the wallet's file, for its lock
    ("issuer/number_marks.py", "os.open"),  # writes over the one number of a file in its place, and syncs it
    ("issuer/turns.py", "os.open"),  # the lock of a publication
    ("issuer/ledger/sqlite.py", "os.open"),  # makes the empty file that SQLite writes
    ("verifier/replay_file.py", "os.open"),  # a memory in RAM, written in its place
    ("verifier/replay_note.py", "os.open"),  # its note in the state folder: one line, written in its place under a lock
    ("verifier/state_folder.py", "os.open"),  # the folder, read-only, for its lock
}
WRITERS = {"write_bytes", "write_text", "savefig", "mkstemp", "NamedTemporaryFile", "touch", "symlink_to", "chmod"}
OF_OS = {"open", "chmod", "fchmod", "rename", "replace", "link", "symlink", "truncate", "mkfifo"}


def writes(node: ast.Call) -> str | None:
    """The name of a call that may write a file; None for any other."""
    function = node.func
    if isinstance(function, ast.Name) and function.id == "open":
        modes = [
            each.value
            for each in [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "mode")]
            if isinstance(each, ast.Constant)
        ]
        return None if modes in ([], ["r"], ["rb"]) else "open"
    if not isinstance(function, ast.Attribute):
        return None
    of_os = isinstance(function.value, ast.Name) and function.value.id == "os"
    if of_os and function.attr in OF_OS:
        return f"os.{function.attr}"
    return function.attr if function.attr in WRITERS else None


def test_every_place_that_writes_a_file_is_known() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (name := writes(node)):
                found.add((path.relative_to(SOURCE).as_posix(), name))
    ours = {(file, name) for file, name in found if file != "_files.py"}
    assert ours == {each for each in KNOWN if each[0] != "_files.py"}
    assert ("_files.py", "os.replace") in found
