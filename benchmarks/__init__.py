"""Benchmarks: `python -m benchmarks` (see docs/benchmarks.md). Every figure is a ratio within one run."""
