"""Every code word that an error of the library can carry: `find.py` finds them in the source, `table.txt` says of each
who can do something about it, when it comes and what to do. `tests/project/test_codes.py` holds the two to each other,
and `python -m tests.pages` writes `docs/errors.md` from them."""
