"""The version, in a file of its own so that every room may ask for it."""

__version__ = "0.1.0"
