"""A study: many clips of many patients, told by a table, analysed and pooled."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
