"""Every way by which bytes or text come in from outside, and the worst that can come by it.

`benchmarks.entries` measures it. `listed` has the entries, `hostile` what is given to each, `honest` the largest honest
messages. `others.toml` has the public functions that take bytes or text and are no entries, with the reason, and
`files.toml` the files that commands are given; `interface` finds all of them in the source and in the command line.
"""
