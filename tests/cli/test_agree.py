"""``hemiscan agree``: files, the account on the terminal, and what it refuses."""

from __future__ import annotations

import json

import cv2
import pytest

HEADER = "start_s,end_s,side,kind\n"


def comparison(directory):
    """The figures of the only comparison in a folder."""
    (figures,) = json.loads((directory / "agreement.json").read_text())["comparisons"]
    return figures


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
        f"{ratings} (table)\n  rater.csv: 2 left, 1 right",
        "hemiscan against rater.csv: 15.0 s",
        "2 of 3 found, 1 false negative, 0 false positive; precision 1.00, recall 0.67, F1 0.80",
        "same side: 2 of 2 that overlap in time; same kind: 1 of 2",
        "onset: -50 ms (median)",
        "agreement.json, agreement.png",
    ):
        assert expected in outcome.out
    figures = comparison(result)
    assert (figures["reference"], figures["found"]) == ("rater.csv", "hemiscan")
    assert figures["kappa_right"] == 1.0
    assert figures["false_negatives"] == [
        {"start_s": 13.0, "end_s": 13.5, "side": "left", "kind": None}
    ]
    assert cv2.imread(str(result / "agreement.png")).shape[1] > 1500


def test_the_folder_can_be_chosen_and_is_made(hemiscan, result, rate, tmp_path):
    before = sorted(result.iterdir())
    outcome = hemiscan("agree", result / "episodes.csv", rate(), "--output", tmp_path / "new" / "b")
    assert outcome.code == 0
    assert comparison(tmp_path / "new" / "b")["found_count"] == 2
    assert sorted(result.iterdir()) == before


def test_nothing_marked_by_either_is_a_result(hemiscan, make_analysis, tmp_path, rate):
    make_analysis(spasms=()).save(tmp_path / "healthy", plot_formats=())
    outcome = hemiscan("agree", tmp_path / "healthy", rate())
    assert outcome.code == 0
    assert "neither marks any spasm" in outcome.out
    assert comparison(tmp_path / "healthy")["kappa"] is None


def test_two_raters_are_compared_over_a_given_length(hemiscan, rate, tmp_path):
    ratings = [
        rate(f"{start},6,left,", name=f"{who}/clip.csv") for start, who in ((4, "a"), (5, "b"))
    ]
    outcome = hemiscan("agree", *ratings, "--duration", "10", "-o", tmp_path / "out")
    assert outcome.code == 0
    figures = comparison(tmp_path / "out")
    assert (figures["reference"], figures["found"]) == ("b/clip.csv", "a/clip.csv")
    assert figures["time_agreement"] == 0.9
    assert figures["onset"]["median_s"] == -1.0


def eaf(tmp_path, *tiers):
    """An ELAN file with a spasm of 4 to 6 s on each tier."""
    path = tmp_path / "ratings.eaf"
    annotation = (
        '<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a" TIME_SLOT_REF1="t1" '
        'TIME_SLOT_REF2="t2"><ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION>'
    )
    path.write_text(
        '<ANNOTATION_DOCUMENT><HEADER/><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="4000"/>'
        '<TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="6000"/></TIME_ORDER>'
        + "".join(f'<TIER TIER_ID="{tier}">{annotation}</TIER>' for tier in tiers)
        + "</ANNOTATION_DOCUMENT>"
    )
    return path


def test_several_raters_are_compared_with_hemiscan_and_with_each_other(hemiscan, result, tmp_path):
    ratings = eaf(tmp_path, "left@MK", "left@AB", "gaze left")
    outcome = hemiscan("agree", result, ratings)
    assert (outcome.code, outcome.err) == (0, "")
    for expected in (
        f"{ratings} (ELAN)\n  MK: 1 left, 0 right, from tier 'left@MK'\n  AB: 1 left, 0 right",
        "left out: tier 'gaze left' (1)",
        "hemiscan against MK: 15.0 s",
        "hemiscan against AB: 15.0 s",
        "AB against MK: 15.0 s",
    ):
        assert expected in outcome.out
    written = json.loads((result / "agreement.json").read_text())
    assert [(c["reference"], c["found"]) for c in written["comparisons"]] == [
        ("MK", "hemiscan"),
        ("AB", "hemiscan"),
        ("MK", "AB"),
    ]
    assert written["files"][0]["left_out"] == {"tier 'gaze left'": 1}
    plots = {path.name for path in result.glob("agreement*.png")}
    assert plots == {
        "agreement_MK_hemiscan.png",
        "agreement_AB_hemiscan.png",
        "agreement_MK_AB.png",
    }
    assert plots == {c["plot"] for c in written["comparisons"]}


def test_plots_of_an_earlier_comparison_go_with_it_and_others_stay(hemiscan, result, tmp_path):
    (result / "agreement_mine.png").write_bytes(b"of somebody else")
    ratings = eaf(tmp_path, "left@MK", "left@AB")
    assert hemiscan("agree", result, ratings).code == 0
    assert hemiscan("agree", result, ratings, "--rater", "MK").code == 0
    plots = {path.name for path in result.glob("agreement*.png")}
    assert plots == {"agreement.png", "agreement_mine.png"}


def test_raters_of_several_files_are_compared(hemiscan, result, rate):
    files = [rate("4,6,left,", name=name) for name in ("a.csv", "b.csv", "second/b.csv")]
    outcome = hemiscan("agree", result, *files)
    assert outcome.code == 0
    names = [line.split(":")[0] for line in outcome.out.splitlines() if " against " in line]
    folder = files[1].parent.name
    assert names == [
        "hemiscan against a.csv",
        f"hemiscan against {folder}/b.csv",
        "hemiscan against second/b.csv",
        f"{folder}/b.csv against a.csv",
        "second/b.csv against a.csv",
        f"second/b.csv against {folder}/b.csv",
    ]


def test_tiers_are_chosen_and_labels_explained(hemiscan, result, tmp_path):
    ratings = eaf(tmp_path, "K1", "gaze left")
    outcome = hemiscan("agree", result, ratings)
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "--tier" in line
    assert "--map" in line
    assert hemiscan("agree", result, ratings, "--map", "K1=left clonic").code == 0
    assert comparison(result)["kind_agreement"] == 1.0
    assert hemiscan("agree", result, ratings, "--tier", "gaze left").code == 0
    assert comparison(result)["true_positive_count"] == 1


@pytest.mark.parametrize(
    ("label", "expected"),
    [("links", "needs LABEL=MEANING"), ("links=up", "must be said to mean"), ("=left", "must be")],
)
def test_a_meaning_must_be_one(hemiscan, result, rate, label, expected):
    outcome = hemiscan("agree", result, rate(), "--map", label)
    assert outcome.code == 2
    assert expected in " ".join(outcome.err.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", "").split())


FAULTS = {
    "elan_gaze_tiers.eaf": "left out: tier 'gaze left' (2), tier 'head turn right' (1)",
    "elan_r1_prefix.eaf": "R1: 2 left, 0 right",
    "elan_german.eaf": "left out: 'unklar' (unclear) (1)",
    "elan_time_origin.eaf": "1 s were added to its times",
    "boris_other_behaviours.csv": "left out: behaviour 'blink' (1), behaviour 'looks away' (1)",
    "elan_two_raters.eaf": "AB: 1 left, 0 right, from tier 'left@AB'",
}


@pytest.mark.parametrize("name", FAULTS)
def test_files_that_were_misread_agree_with_the_truth(
    hemiscan, shared_faults, sample_videos, tmp_path, name
):
    truth = sample_videos / "left_clonic.truth.csv"
    outcome = hemiscan(
        "agree", truth, shared_faults / name, "--duration", "13", "--output", tmp_path
    )
    assert outcome.code == 0
    assert FAULTS[name] in outcome.out
    first, *others = json.loads((tmp_path / "agreement.json").read_text())["comparisons"]
    assert (first["f1"], first["side_accuracy"]) == (1.0, 1.0)
    assert first["onset"]["p95_abs_s"] < 0.05
    assert bool(others) is (name == "elan_two_raters.eaf")


def test_times_beyond_any_clip_are_named(hemiscan, result, shared_faults):
    outcome = hemiscan("agree", result, shared_faults / "attack" / "bigtime.eaf")
    assert outcome.code == 1
    (line,) = outcome.error_lines
    assert "bigtime.eaf: annotation x on tier 'left'" in line
    assert len(line) < 300


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
        (["7,8,middle,"], "rater.csv: has no side in 'middle' (1)"),
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


def test_a_clip_analysed_again_keeps_no_comparison_with_its_older_episodes(
    hemiscan, result, rate, spasm_analysis
):
    assert hemiscan("agree", result, rate("4,6,left,")).code == 0
    files = json.loads((result / "summary.json").read_text())["run"]["files"]
    assert {"agreement.json", "agreement.png"} <= set(files)
    spasm_analysis.save(result, plot_formats=())
    assert not list(result.glob("agreement*"))


def test_names_do_not_steer_the_terminal(hemiscan, result, rate, tmp_path):
    ratings = rate("4,6,left,", name="r\x1b[2J.csv")
    outcome = hemiscan("agree", result, ratings, "--output", tmp_path / "x\x1b[31m")
    assert outcome.code == 0
    assert (outcome.out + outcome.err).replace("\n", "").isprintable()
    assert r"\x1b[31m" in outcome.out


def test_what_a_study_has_no_use_for_is_refused(hemiscan, tmp_path):
    (tmp_path / "study.json").write_text("{}")
    run = hemiscan("agree", tmp_path, "--duration", "3")
    assert run.code == 2
    assert "a study knows how long its clips are" in " ".join(run.err.replace("│", " ").split())


def test_plot_and_json_of_somebody_else_stay(hemiscan, result, rate):
    for name in ("agreement.json", "agreement.png"):
        (result / name).write_text("mine")
        run = hemiscan("agree", result, rate("4.0,6.0,left,"))
        assert run.code == 1
        assert name in run.err
        assert (result / name).read_text() == "mine"
        (result / name).unlink()
