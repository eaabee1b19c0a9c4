"""`healthpass inspect`: what a message of ours says, a module for each family of messages."""
