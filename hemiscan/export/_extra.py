"""Libraries that only exports need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hemiscan.errors import HemiscanError


@contextmanager
def needs_extra(what: str, library: str) -> Iterator[None]:
    """Say in one line what to install where the import in the body fails.

    Raises
    ------
    HemiscanError
        If the library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise HemiscanError(
            f"{what} needs {library}, which is not installed: pip install 'hemiscan[export]'"
        ) from error
