"""A place in memory that scanners fetch from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Shelf:
    """What is published, as attributes that a test may change by hand."""

    message: bytes | None = None
    added: bytes | None = None
    filters: dict[str, bytes] = field(default_factory=dict)

    def snapshot(self) -> bytes | None:
        return self.message

    def delta(self) -> bytes | None:
        return self.added

    def filter(self, digest: str) -> bytes | None:
        return self.filters.get(digest)

    def put_snapshot(self, message: bytes, filters: Mapping[str, bytes]) -> None:
        self.filters.update(filters)
        self.message, self.added = message, None

    def put_delta(self, message: bytes) -> None:
        self.added = message

    def drop_delta(self) -> None:
        self.added = None
