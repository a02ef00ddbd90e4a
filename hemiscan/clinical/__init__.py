"""Key figures of a clip, their intervals, and what they say clinically."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
