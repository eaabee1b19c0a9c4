"""Makes the vectors, with an encoder of its own, written from docs/protocol.md: imports nothing of the library."""
