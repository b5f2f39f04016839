"""Readers of what benchmarking tools write, one module a format."""
