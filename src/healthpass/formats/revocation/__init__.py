"""Snapshots, deltas and the filters that they name: `messages`, and how a `filter` is read, built and listed."""
