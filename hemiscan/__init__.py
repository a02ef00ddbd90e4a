"""One-sided facial spasms on video, measured frame by frame and found as episodes.

>>> import hemiscan
>>> analysis = hemiscan.analyze("clip.mp4")  # doctest: +SKIP
>>> analysis.episodes  # doctest: +SKIP

Names are loaded when they are first used, so that the import itself costs next to nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
