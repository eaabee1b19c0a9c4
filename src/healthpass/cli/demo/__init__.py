"""`healthpass demo`: a whole little country in memory, and its story."""
