"""Faces with known spasms: rendered clips with their truth, and tracks without pictures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
