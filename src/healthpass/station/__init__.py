"""A station: the hospital's desk where people without a pass are helped."""
