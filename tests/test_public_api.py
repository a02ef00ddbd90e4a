"""What `import hemiscan` offers, and what it must not cost."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hemiscan

HEAVY = ("mediapipe", "cv2", "av", "matplotlib", "pandas")


@pytest.mark.parametrize("name", hemiscan.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(hemiscan, name) is not None
    assert name in dir(hemiscan)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = hemiscan.no_such_name


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("hemiscan", (*HEAVY, "scipy", "numpy")),
        ("hemiscan.episodes.config", (*HEAVY, "scipy", "numpy")),
        ("hemiscan.tracking.track, hemiscan.asymmetry, hemiscan.episodes", HEAVY),
    ],
)
def test_importing_loads_no_heavy_library(modules: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {modules}; print(*sorted(set({unwanted!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
