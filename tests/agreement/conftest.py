"""Rater files written and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hemiscan.agreement import Annotation, AnnotationFile, load_annotations
from hemiscan.errors import HemiscanError

Read = Callable[..., AnnotationFile]
Load = Callable[..., tuple[Annotation, ...]]
Refuse = Callable[..., str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A function that writes a file and reads it."""

    def read(content: str | bytes, name: str = "ratings.csv", **options: Any) -> AnnotationFile:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_annotations(path, **options)

    return read


@pytest.fixture
def two() -> tuple[Annotation, ...]:
    """The spasms that most of the files here mark."""
    return Annotation(1.25, 3.0, "left", "tonic"), Annotation(5.0, 5.5, "right")


@pytest.fixture
def load(read: Read) -> Load:
    """A function that writes a file and returns the spasms of its only rater."""

    def load(*arguments: Any, **options: Any) -> tuple[Annotation, ...]:
        (spasms,) = read(*arguments, **options).raters.values()
        return spasms

    return load


@pytest.fixture
def refuse(read: Read) -> Refuse:
    """A function that writes a file and returns the one line that says why it is refused."""

    def refuse(content: str | bytes, name: str = "ratings.csv", **options: Any) -> str:
        with pytest.raises(HemiscanError) as caught:
            read(content, name, **options)
        message = str(caught.value)
        assert name in message
        assert "\n" not in message
        return message

    return refuse
