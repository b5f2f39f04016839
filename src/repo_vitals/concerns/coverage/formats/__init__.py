"""A reader for each format of coverage reports. Each module has `NAME`, `recognises` and `read`; see `found.py`."""
