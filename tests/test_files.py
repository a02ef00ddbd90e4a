"""Files appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hemiscan._files import atomic_path
from hemiscan.errors import OutputError


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_at_the_end_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    with atomic_path(target) as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".mp4"
        assert not target.exists()
    assert target.read_text() == "new"
    assert _names(tmp_path) == ["clip.mp4"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_interruption_keeps_the_earlier_file(
    tmp_path: Path, interruption: type[BaseException]
) -> None:
    target = tmp_path / "episodes.csv"
    target.write_text("earlier")

    def write_half_of_it() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half of i")
            raise interruption

    with pytest.raises(interruption):
        write_half_of_it()
    assert target.read_text() == "earlier"
    assert _names(tmp_path) == ["episodes.csv"]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "permission denied"),
        (errno.EROFS, "read-only"),
    ],
)
def test_failed_write_names_the_file_and_what_to_do(tmp_path: Path, code: int, advice: str) -> None:
    target = tmp_path / "frames.csv"
    with pytest.raises(OutputError) as caught, atomic_path(target):
        raise OSError(code, "as the system says it")
    message = str(caught.value)
    assert str(target) in message
    assert advice in message
    assert "\n" not in message
    assert _names(tmp_path) == []


def test_folder_in_the_way_is_noticed_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "frames.csv").mkdir()
    started = []
    with (
        pytest.raises(OutputError, match=r"frames\.csv.*a folder of this name"),
        atomic_path(tmp_path / "frames.csv"),
    ):
        started.append(True)
    assert not started


def test_missing_folder_is_noticed_before_any_work(tmp_path: Path) -> None:
    started = []
    with (
        pytest.raises(OutputError, match="does not exist"),
        atomic_path(tmp_path / "nowhere" / "frames.csv"),
    ):
        started.append(True)
    assert not started


def test_a_target_that_became_a_folder_meanwhile_is_told(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"

    def write() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("new")
            target.mkdir()

    with pytest.raises(OutputError, match=r"a\.csv"):
        write()
    assert _names(tmp_path) == ["a.csv"]


def test_a_path_below_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError), atomic_path(tmp_path / "file" / "clip.mp4"):
        pass
