"""Everything that turns a report into text for people. No I/O."""
