"""GitHub on loopback, for the demo and the tests.

`State` holds a GitHub that can change, `Simulator` serves it; `generate` makes a repository of any size, `truth` tells
its figures by other code than the product's.
"""
