"""The studio: results seen, reviewed and rated in the browser, served by this machine alone."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
