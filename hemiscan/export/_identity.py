"""Whose recording it is, and who found the episodes, in formats that allow few letters."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_HASH_DIGITS = 6


def patient_name(findings: Findings) -> str:
    """Return the patient's code; where none was given, the clip stands for it."""
    return findings.recording.patient or Path(findings.recording.clip).stem or "unknown"


def author(findings: Findings) -> str:
    """Return who says so: hemiscan alone, or hemiscan as corrected by people."""
    return "hemiscan" if findings.summary.review is None else "hemiscan as reviewed"


def ascii_text(text: str) -> str:
    """Return a text in ASCII: letters without their accents, what else is not in it left out."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


class Labels:
    """Short names of letters and digits, each for one text alone.

    Texts that would have the same name, such as ``P-1`` and ``P1``, get a part of their hash
    behind it, all but the first.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def of(self, text: str) -> str:
        """Return the name of a text."""
        short = re.sub(r"[^A-Za-z0-9]+", "", ascii_text(text))
        digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]
        for name in (short, f"{short}x{digest}"):
            # Some file systems do not tell capitals apart.
            if name and self._texts.setdefault(name.casefold(), text) == text:
                return name
        raise AssertionError(f"two texts with one hash: {text!r}")  # pragma: no cover
