"""The `healthpass` command: every role from a terminal, for trying out, operating and debugging.

One module a group of commands; `main` puts them together. This is the only place that reads the clock.
"""
