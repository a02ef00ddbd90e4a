"""The half of the body: how each limb moves, and whether it does so with the face."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
