"""Every place where the library compares two times: whose clocks they are, what is tolerated, and which test holds the
very second. `table.py` is the table, `scan.py` finds the comparisons, `test_table.py` holds the two to each other;
`docs/clocks.md` is written from the table."""
