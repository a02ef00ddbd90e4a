"""From frames to the subject's face: landmark engines, whom to follow, head pose, storage."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
