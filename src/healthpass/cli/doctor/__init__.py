"""`healthpass doctor`: one module for each kind of thing that is looked at, and `command` for the command."""
