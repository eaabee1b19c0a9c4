"""`healthpass station`: the green channel, a module for each who has a part in it."""
