"""A region's audit: a `log` of entries, each sealed by the one before, and how one is checked and mended."""
