"""The command line: one file a command, each parses, calls the library and prints."""

from hemiscan.cli.app import main

__all__ = ["main"]
