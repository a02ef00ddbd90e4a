"""Text that is shown: safe characters, numbers with their noun."""

from __future__ import annotations

import unicodedata

# Categories of Unicode that end a line, steer a terminal, turn the direction of writing, or
# cannot be encoded; the joiners are of the spelling of some languages and of emoji.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"
_MAX_QUOTED = 40
_UNDECODED = range(0xDC80, 0xDD00)
"""What Python makes of the bytes of a file name that are not in its encoding."""


def printable(text: str) -> str:
    r"""Return a text on one line, with every control character escaped.

    Parameters
    ----------
    text : str
        From anywhere: a file name, the metadata of a clip, a line of a table.

    Returns
    -------
    str
        The same where nothing had to be escaped; ``\x1b``, ``\n`` and the like, and ``\xfc``
        for a byte of a file name that is no text.
    """
    if text.isprintable():
        return text
    return "".join(map(_escape, text))


def quote(text: str) -> str:
    """Return a text for a message: in quotes, control characters escaped, not too long."""
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 1]}…")


def count(number: int, noun: str) -> str:
    """Return a number and its noun: ``1 blink``, ``2 blinks``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _escape(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE or character in _JOINERS:
        return character
    if ord(character) in _UNDECODED:
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
