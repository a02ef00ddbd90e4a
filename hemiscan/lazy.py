"""Names of a package that are loaded when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def load_when_used(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a ``__getattr__`` for a package, so that its import costs next to nothing.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping from str to str
        For each public name the module that defines it.

    Returns
    -------
    callable
        Raises AttributeError for any other name, as Python asks of it.
    """

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
