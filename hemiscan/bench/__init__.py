"""How fast hemiscan is on this machine, beside a plain mediapipe loop and the hardware's limit."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
