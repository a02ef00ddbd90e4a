"""Matplotlib figures of a recording's movement and episodes."""

import lazy_loader

from hemiscan.plots._backend import load_matplotlib

load_matplotlib()
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
