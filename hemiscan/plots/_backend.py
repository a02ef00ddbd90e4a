"""Loading matplotlib whatever backend it is told to use."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def load_matplotlib() -> None:
    """Import matplotlib even if ``MPLBACKEND`` names no backend, with which its import fails.

    hemiscan opens no windows and needs none. A backend that exists stays chosen.
    """
    if "matplotlib" in sys.modules or "MPLBACKEND" not in os.environ:
        return
    backend = os.environ.pop("MPLBACKEND")
    try:
        import matplotlib as mpl

        with suppress(ValueError):
            mpl.rcParams["backend"] = backend
    finally:
        os.environ["MPLBACKEND"] = backend
