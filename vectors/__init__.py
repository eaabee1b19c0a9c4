"""Conformance vectors: what every implementation answers. See README.md in this folder."""
