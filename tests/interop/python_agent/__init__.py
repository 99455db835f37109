"""A Procedura agent on Python's `websockets`, written from the protocol's clauses alone (../README.md)."""
