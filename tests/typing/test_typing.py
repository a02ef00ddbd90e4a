"""The package and what users write on it pass `mypy --strict`; wrong words do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="needs the lint extra")

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """A function that runs mypy on files, and returns what it complains about."""
    cache = tmp_path_factory.mktemp("cache")

    def run(*files):
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache)]
        done = subprocess.run(
            [*command, *map(str, files)],
            cwd=REPOSITORY,
            env=os.environ | {"MYPYPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )
        return [line for line in done.stdout.splitlines() if ": error: " in line]

    return run


def test_what_users_write_is_checked(check, tmp_path):
    script = Path(__file__).with_name("user_script.py")
    wrong = {
        'hemiscan.analyze("a.mp4", engine="foo")': "arg-type",
        'hemiscan.analyze("a.mp4", detector="foo")': "arg-type",
        'hemiscan.analyze("a.mp4", sensitivity="foo")': "arg-type",
        'hemiscan.analyze_into("a.mp4", "out", detector="foo")': "arg-type",
        'hemiscan.DetectorConfig(detector="foo")': "arg-type",
        'hemiscan.load("out").save("x", plot_formats=["bmp"])': "list-item",
        'hemiscan.load("out").eposides': "attr-defined",
    }
    lines = "".join(f"{line}\n" for line in wrong)
    (tmp_path / "wrong.py").write_text(f"import hemiscan\n\n{lines}")
    complaints = check(script, tmp_path / "wrong.py")
    assert [line for line in complaints if "user_script" in line] == []
    found = [line.split("[")[-1].rstrip("]") for line in complaints]
    assert found == list(wrong.values()), complaints
