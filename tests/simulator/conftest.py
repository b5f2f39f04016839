"""The fixture that serves states, for every test of this folder."""
from support.simulated import simulated

__all__ = ["simulated"]
