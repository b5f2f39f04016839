"""Readers, one for each format of a tool's report."""
