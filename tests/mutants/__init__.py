"""Small faults put into the library one at a time, to see whether a test notices. A long command of its own:

    python -m tests.mutants map              which test runs which line: the whole suite once, under coverage
    python -m tests.mutants run --count 300  so many faults, drawn by a seed, each against the tests that run its line
    python -m tests.mutants clocks           the comparisons of times alone, each against the tests that its table names

`change.py` says which faults there are; `equivalent.toml` names those that change nothing that anybody could see, and
why.
"""
