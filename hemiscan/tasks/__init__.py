"""Tasks: what the subject was asked to do, told by a protocol or a table, or found."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
