"""The command line: one file a command, each parses, calls the library and prints."""

from hemiscan.cli.main import main

__all__ = ["main"]
