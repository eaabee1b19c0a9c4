"""Wrong types at the public interface: what it is, from the packages; what it accepts, from its annotations."""
