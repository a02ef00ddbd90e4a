"""``hemiscan study run``: what it says, and its exit codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hemiscan.cli import main

pytest.importorskip("distributed")

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture
def run(
    first,
    manifest,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., tuple[int, str, list[str]]]]:
    """The command, run on a copy of the study that needs no other process."""

    monkeypatch.chdir(manifest.parent)
    shutil.copytree(first[0].directory, "copy")

    def run(*arguments: object) -> tuple[int, str, list[str]]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main(["study", "run", *map(str, arguments)])
        out, err = capfd.readouterr()
        assert isinstance(leaving.value.code, int)
        return leaving.value.code, out, err.splitlines()

    yield run
    shutil.rmtree("copy")


def test_a_clip_that_fails_is_said_in_one_line(run) -> None:
    code, out, err = run("study.csv", "-o", "copy")
    assert code == 1
    assert out.splitlines()[0] == "copy: 0 clips analysed, 2 done before, 1 failed"
    assert err == [
        f"hemiscan: 1 of 3 clips failed; which and why is in {Path('copy/failures.csv')}"
    ]
    # Without --csv the tables of an earlier run as CSV are outdated.
    assert not Path("copy/clips.csv").exists()


def test_all_done_is_exit_code_0(run, manifest) -> None:
    rows = manifest.read_text().splitlines(keepends=True)
    Path("good.csv").write_text("".join(rows[:2]))
    code, out, err = run("good.csv", "-o", "copy", "--csv")
    assert (code, out.splitlines()[0]) == (0, "copy: 0 clips analysed, 1 done before")
    assert len(err) == 1
    assert "belong to no row of good.csv any more: P02_baseline_b_rest" in err[0]
    assert run("good.csv", "-o", "copy", "--csv", "--quiet")[:2] == (0, "")


def test_the_body_is_asked_for_of_every_clip(run) -> None:
    """The tracks of this study hold none, so all are done again, and fail."""
    code, out, _ = run("study.csv", "-o", "copy", "--body")
    assert (code, out.splitlines()[0]) == (1, "copy: 0 clips analysed, 3 failed")
    assert Path("copy/failures.csv").read_text().count("holds no body") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", 2, "--scheduler", "tcp://h:1"], "cannot be used together"),
        (["--set", "nonsense=1"], "NAME must be one of"),
    ],
)
def test_wrong_usage_is_exit_code_2(run, options, said) -> None:
    code, _, err = run("study.csv", "-o", "copy", *options)
    assert code == 2
    assert said in " ".join(" ".join(err).replace("│", " ").split())


def test_rows_that_are_wrong_are_told_line_by_line(run) -> None:
    Path("bad.csv").write_text("clip,face\nnowhere.mp4,\na.npz,2\n")
    code, _, err = run("bad.csv", "-o", "elsewhere")
    assert (code, len(err)) == (1, 2)
    assert not Path("elsewhere").exists()
