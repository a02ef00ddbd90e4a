"""Files appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hemiscan._files import atomic_path, atomic_paths, make_directory
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


def test_files_that_belong_together_change_together(tmp_path: Path) -> None:
    targets = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for target in targets:
        target.write_text("earlier")

    def write_only_the_first() -> None:
        with atomic_paths(targets) as temporaries:
            temporaries[0].write_text("new")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match="disk is full"):
        write_only_the_first()
    assert [target.read_text() for target in targets] == ["earlier", "earlier"]

    with atomic_paths(targets) as temporaries:
        for temporary in temporaries:
            temporary.write_text("new")
    assert [target.read_text() for target in targets] == ["new", "new"]
    assert _names(tmp_path) == ["a.csv", "b.csv"]


def test_a_target_that_became_a_folder_meanwhile_spares_the_others(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("earlier")

    def write_both() -> None:
        with atomic_paths([first, second]) as temporaries:
            for temporary in temporaries:
                temporary.write_text("new")
            second.mkdir()

    with pytest.raises(OutputError, match=r"b\.csv"):
        write_both()
    assert first.read_text() == "earlier"
    assert _names(tmp_path) == ["a.csv", "b.csv"]


def test_make_directory_makes_parents_and_leaves_no_trace(tmp_path: Path) -> None:
    made = make_directory(tmp_path / "results" / "visit 1")
    assert made.is_dir()
    assert _names(made) == []
    assert make_directory(made) == made


@pytest.mark.parametrize("below", [".", "deeper"])
def test_make_directory_refuses_a_file(tmp_path: Path, below: str) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(OutputError, match=r"results.*choose another folder"):
        make_directory(tmp_path / "results" / below)
    assert (tmp_path / "results").read_text() == "a file"


def test_a_path_below_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError), atomic_path(tmp_path / "file" / "clip.mp4"):
        pass
