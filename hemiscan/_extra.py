"""Libraries that only some of hemiscan needs, and that are installed on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hemiscan.errors import HemiscanError


@contextmanager
def needs_extra(what: str, library: str, extra: str = "export") -> Iterator[None]:
    """Say in one line what to install where the import in the body fails.

    Parameters
    ----------
    what, library : str
        What needs which library.
    extra : str, optional
        Under which name hemiscan installs it.

    Raises
    ------
    HemiscanError
        If the library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise HemiscanError(
            f"{what} needs {library}, which is not installed: pip install 'hemiscan[{extra}]'"
        ) from error
