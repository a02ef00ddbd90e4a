"""Running the command as `main` does, and folders with results of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hemiscan.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture
def hemiscan(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """The command, run in this process in an empty folder; C++ output is caught as well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEMISCAN_DEBUG", raising=False)

    def run(*arguments: object) -> Outcome:
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        written = capfd.readouterr()
        assert isinstance(leaving.value.code, int)
        return Outcome(leaving.value.code, written.out, written.err)

    return run


@pytest.fixture
def write_results(tmp_path: Path) -> Callable[..., dict[Path, str]]:
    """A builder of folders with files of an earlier run of a source, by their content."""

    def write(source_sha256: str, name: str = "results") -> dict[Path, str]:
        directory = tmp_path / name
        directory.mkdir(parents=True)
        files = {"frames.csv": "earlier frames", "report.html": "earlier report"}
        summary = {
            "clip": {"name": "earlier.mp4"},
            "versions": {"hemiscan": "0"},
            "run": {"source_sha256": source_sha256, "files": [*files, "summary.json"]},
        }
        files["summary.json"] = json.dumps(summary)
        for file, text in files.items():
            (directory / file).write_text(text)
        return {directory / file: text for file, text in files.items()}

    return write
