"""Everything that reads from the world."""
