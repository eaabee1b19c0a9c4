"""A region's audit log in a process of its own, which records in a loop. `test_audit_killed` kills it.

    python -m tests.scenario.auditing_process FOLDER RUN COUNT

It waits for a line on stdin, prints "began N" for the log that it found, and then "answered N" once entry N is
recorded.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.auditing import open_log, record


def main(folder: str, count: int) -> None:
    """Record so many entries, after those that are there."""
    sys.stdin.readline()
    with open_log(Path(folder) / "log") as log:
        print("began", log.size, flush=True)
        for n in range(log.size, log.size + count):
            record(log, n)
            print("answered", n + 1, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]))
