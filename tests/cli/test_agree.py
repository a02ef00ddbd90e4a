"""``hemiscan agree``: files, the account on the terminal, and what it refuses."""

from __future__ import annotations

import json

import cv2
import pytest

HEADER = "start_s,end_s,side,kind\n"


@pytest.fixture
def result(tmp_path, spasm_analysis):
    """Results of a 15 s clip: clonic on the left from 4 to 6 s, tonic on the right 9 to 12 s."""
    directory = tmp_path / "clip_hemiscan"
    spasm_analysis.save(directory, plot_formats=())
    return directory


@pytest.fixture
def rate(tmp_path):
    """A function that writes a rater's rows to a file."""

    def write(*rows, name="rater.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
        return path

    return write


def test_figures_and_plot_lie_beside_the_result(hemiscan, result, rate):
    ratings = rate("4.1,6.2,left,clonic", "9,12,right,clonic", "13,13.5,left,")
    outcome = hemiscan("agree", result, ratings)
    assert (outcome.code, outcome.err) == (0, "")
    for expected in (
        f"{result} against {ratings}: 15.0 s",
        "2 of 3 found, 1 missed, 0 extra; precision 1.00, recall 0.67, F1 0.80",
        "same side: 2 of 2 that overlap in time; same kind: 1 of 2",
        "onset: -50 ms (median)",
        "agreement.json, agreement.png",
    ):
        assert expected in outcome.out
    figures = json.loads((result / "agreement.json").read_text())
    assert (figures["reference"], figures["found"]) == ("rater.csv", "hemiscan")
    assert figures["kappa_right"] == 1.0
    assert figures["missed"] == [{"start_s": 13.0, "end_s": 13.5, "side": "left", "kind": None}]
    assert cv2.imread(str(result / "agreement.png")).shape[1] > 1500


def test_the_folder_can_be_chosen_and_is_made(hemiscan, result, rate, tmp_path):
    before = sorted(result.iterdir())
    outcome = hemiscan("agree", result / "episodes.csv", rate(), "--output", tmp_path / "new" / "b")
    assert outcome.code == 0
    assert json.loads((tmp_path / "new" / "b" / "agreement.json").read_text())["found_count"] == 2
    assert sorted(result.iterdir()) == before


def test_nothing_marked_by_either_is_a_result(hemiscan, make_analysis, tmp_path, rate):
    make_analysis(spasms=()).save(tmp_path / "healthy", plot_formats=())
    outcome = hemiscan("agree", tmp_path / "healthy", rate())
    assert outcome.code == 0
    assert "neither marks any spasm" in outcome.out
    assert json.loads((tmp_path / "healthy" / "agreement.json").read_text())["kappa"] is None


def test_two_raters_are_compared_over_a_given_length(hemiscan, rate, tmp_path):
    ratings = [
        rate(f"{start},6,left,", name=f"{who}/clip.csv") for start, who in ((4, "a"), (5, "b"))
    ]
    outcome = hemiscan("agree", *ratings, "--duration", "10", "-o", tmp_path / "out")
    assert outcome.code == 0
    figures = json.loads((tmp_path / "out" / "agreement.json").read_text())
    assert (figures["reference"], figures["found"]) == ("b/clip.csv", "a/clip.csv")
    assert figures["time_agreement"] == 0.9
    assert figures["onset"]["median_s"] == -1.0


def test_without_a_length_two_raters_are_wrong_usage(hemiscan, rate):
    outcome = hemiscan("agree", rate(name="a.csv"), rate(name="b.csv"))
    assert outcome.code == 2
    assert "--duration" in outcome.err


@pytest.mark.parametrize("duration", ["0", "-3", "nan", "inf"])
def test_a_length_must_be_one(hemiscan, result, rate, duration):
    outcome = hemiscan("agree", result, rate(), "--duration", duration)
    assert outcome.code == 2
    assert not (result / "agreement.json").exists()


def test_overlapping_marks_are_told(hemiscan, result, rate):
    outcome = hemiscan("agree", result, rate("4,5.5,left,", "5,6,left,", "9,12,right,"))
    assert outcome.code == 0
    (line,) = outcome.error_lines
    assert "3 were read, 2 are compared" in line


def test_the_viewer_s_sides_are_suspected(hemiscan, result, rate):
    outcome = hemiscan("agree", result, rate("4,6,right,clonic", "9,12,left,tonic"))
    assert outcome.code == 0
    (line,) = outcome.error_lines
    assert "subject's own" in line


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["4,6,left,", "7,8,middle,"], "rater.csv: row 3: side must be left or right"),
        (["4,6,left,", "70,71,left,"], "rater.csv: row 3: 70 to 71 s reaches beyond"),
        (["4,3,left,"], "rater.csv: row 2: end (3) must be later"),
    ],
)
def test_a_wrong_row_is_one_line_and_leaves_earlier_files(hemiscan, result, rate, rows, expected):
    assert hemiscan("agree", result, rate("4,6,left,")).code == 0
    before = {path: path.read_bytes() for path in result.iterdir()}
    outcome = hemiscan("agree", result, rate(*rows))
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.error_lines
    assert line.startswith("hemiscan: ")
    assert expected in line
    assert {path: path.read_bytes() for path in result.iterdir()} == before


def test_what_is_no_result_is_named(hemiscan, result, rate, tmp_path):
    for argument, expected in (
        (tmp_path / "missing", "no such file or folder"),
        (tmp_path, "holds no episodes.csv"),
    ):
        outcome = hemiscan("agree", argument, rate())
        assert outcome.code == 1
        (line,) = outcome.error_lines
        assert str(argument) in line
        assert expected in line
    (result / "summary.json").unlink()
    outcome = hemiscan("agree", result, rate())
    assert outcome.code == 1
    assert "--duration" in outcome.err
    assert hemiscan("agree", result, rate(), "--duration", "15").code == 0


def test_a_missing_rating_is_named(hemiscan, result, tmp_path):
    outcome = hemiscan("agree", result, tmp_path / "none.csv")
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "none.csv" in line
    assert not (result / "agreement.png").exists()
