"""Inputs: declared once, resolved from options, environment, configuration file and defaults."""
