"""A station: a hospital's desk where people without a pass are helped."""
