"""The ledger: `protocol` says what one must do; `sqlite` and `postgres` do it, with what `sql` has in common."""
