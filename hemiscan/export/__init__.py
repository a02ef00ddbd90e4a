"""Results in the formats of other programs: ELAN, BORIS, EDF+, NWB, BIDS, REDCap, Parquet."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
