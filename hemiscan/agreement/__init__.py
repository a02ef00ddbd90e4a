"""Agreement of hemiscan and human raters: annotations, matching, F1, kappa, files and plot."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
