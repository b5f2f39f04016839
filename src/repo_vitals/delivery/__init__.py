"""Everything that writes to the world."""
