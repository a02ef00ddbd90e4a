"""Result files, each written whole or not at all; reading them and annotations back."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
