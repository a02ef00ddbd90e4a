"""Side and kind of a spasm, from the words that raters use."""

from __future__ import annotations

import re

from hemiscan.episodes.events import Kind, Side

# An initial capital starts a word too, as in "spasmLeft".
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def side_of(*texts: str) -> Side | None:
    """Return the side that the first text to name one names.

    Parameters
    ----------
    *texts : str
        Labels such as ``left``, ``R`` or ``spasm_left``, in order of precedence.

    Returns
    -------
    {"left", "right"} or None
        None where no text names one, or one names both.
    """
    for text in texts:
        words = _words(text)
        left, right = bool(words & {"left", "l"}), bool(words & {"right", "r"})
        if left != right:
            return "left" if left else "right"
        if left:
            return None
    return None


def kind_of(*texts: str) -> Kind | None:
    """Return the kind that the texts name: None where they name none, or both."""
    words = _words(" ".join(texts))
    clonic, tonic = "clonic" in words, "tonic" in words
    if clonic == tonic:
        return None
    return "clonic" if clonic else "tonic"


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
