"""Key figures of a clip."""

from hemiscan.clinical.summary import DOMINANT_SHARE, Summary, summarize

__all__ = ["DOMINANT_SHARE", "Summary", "summarize"]
