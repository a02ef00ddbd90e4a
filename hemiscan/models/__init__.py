"""Network weights and small tables that ship with hemiscan; README.md tells their origin."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
