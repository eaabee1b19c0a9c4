"""`healthpass vectors`: conformance cases, to be looked at and run."""
