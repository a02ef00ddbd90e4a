"""Running the command as `main` does, and folders with results of an earlier run."""

from __future__ import annotations

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
def earlier_results(tmp_path: Path) -> dict[Path, str]:
    """The folder ``results`` with files of an earlier run, by their content."""
    directory = tmp_path / "results"
    directory.mkdir()
    files = {directory / name: f"earlier {name}" for name in ("frames.csv", "report.html")}
    for path, text in files.items():
        path.write_text(text)
    return files
