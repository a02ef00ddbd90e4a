"""Visits, the change between them, and the pages and tables of it."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pyarrow.parquet as pq
import pytest

from hemiscan.course import (
    NO_BOUTS,
    PatientCourse,
    Treatment,
    Visit,
    VisitRecording,
    compare_group,
    compare_visits,
    compute_rate_ratio,
    compute_smallest_ratio,
    load_course,
    measure_overdispersion,
    plot_course,
    save_course,
)
from hemiscan.episodes import Episode
from hemiscan.errors import HemiscanError, OutputError
from hemiscan.pipeline import analyze_track
from hemiscan.recording import Recording
from hemiscan.synthetic import Spasm, synthesize_track
from hemiscan.tasks import TaskSegment


def recording(starts_s, *, minutes=2.0, side="left", length_s=1.0, version="1"):
    episodes = tuple(
        Episode(float(t), float(t) + length_s, side, ("eye",), "clonic", 1, math.nan, t, 0.5, 0.9)
        for t in starts_s
    )
    n_blocks = round(minutes * 6)
    spasm_s = np.bincount((np.array(starts_s) // 10).astype(int), minlength=n_blocks) * length_s
    counts = spasm_s / length_s
    return VisitRecording("r", episodes, np.full(n_blocks, 10.0), spasm_s, counts, version, "s")


def visit(n, day="2026-01-05", **options):
    starts = np.linspace(2, 110, n) if n else np.zeros(0)
    treatment = options.pop("treatment", Treatment())
    return Visit(day, day, (recording(starts, **options),), treatment, "")


def test_the_rate_ratio_is_that_of_the_conditional_binomial():
    ratio, (low, high) = compute_rate_ratio(20, 2.0, 5, 1.0)
    assert ratio == pytest.approx(0.5)
    # For 5 of 25: Clopper and Pearson give 0.0683 and 0.4070.
    assert low == pytest.approx(2.0 * 0.06831 / (1 - 0.06831), rel=1e-3)
    assert high == pytest.approx(2.0 * 0.40704 / (1 - 0.40704), rel=1e-3)
    assert compute_rate_ratio(4, 1.0, 0, 1.0)[0] == 0.0
    assert compute_rate_ratio(0, 1.0, 3, 1.0) == (
        math.inf, (pytest.approx(0.41, abs=0.01), math.inf),
    )  # fmt: skip
    assert math.isnan(compute_rate_ratio(0, 1.0, 0, 1.0)[0])


def test_intervals_hold_the_truth_in_simulated_studies(rng):
    n_studies, truth = 1000, 0.4
    before = rng.poisson(12.0, n_studies)
    after = rng.poisson(12.0 * truth, n_studies)
    held = 0
    for n1, n2 in zip(before.tolist(), after.tolist(), strict=True):
        low, high = compute_rate_ratio(n1, 2.0, n2, 2.0)[1]
        held += low <= truth <= high
    assert 0.90 <= held / n_studies <= 0.985


def stretches(rng, expected, *, in_bouts):
    n_bouts = rng.poisson(expected / 3 if in_bouts else expected)
    starts_s = rng.uniform(0, 180, n_bouts)
    sizes = rng.geometric(1 / 3, n_bouts) if in_bouts else np.ones(n_bouts, dtype=int)
    bouts = [s + np.append(0, np.cumsum(rng.exponential(2, n - 1)))
             for s, n in zip(starts_s, sizes, strict=True)]  # fmt: skip
    onsets_s = np.concatenate([np.zeros(0), *bouts]) % 180
    return np.histogram(onsets_s, 9, (0, 180))[0].astype(float), np.full(9, 20.0)


@pytest.mark.parametrize("in_bouts", [False, True])
def test_intervals_that_allow_for_bouts_hold_the_truth(rng, in_bouts):
    truth, held, exact_held = 0.5, 0, 0
    for _ in range(1000):
        visits = [stretches(rng, 24 * ratio, in_bouts=in_bouts) for ratio in (1, truth)]
        counts = [int(c.sum()) for c, _ in visits]
        overdispersion = measure_overdispersion(visits)
        low, high = compute_rate_ratio(counts[0], 3.0, counts[1], 3.0, overdispersion)[1]
        exact = compute_rate_ratio(counts[0], 3.0, counts[1], 3.0)[1]
        assert low <= exact[0]
        assert high >= exact[1]
        held += low <= truth <= high
        exact_held += exact[0] <= truth <= exact[1]
    assert 930 <= held <= 985
    assert (exact_held < 750) == in_bouts


def test_overdispersion_is_the_variance_over_that_of_independent_counts():
    lengths = np.full(4, 20.0)
    even = measure_overdispersion([(np.full(4, 3.0), lengths)])
    assert even.variance_ratio == 0.0
    assert even.factor == 1.0
    # Of 12 events 3 are expected in each stretch: 81 + 3 * 9 over 4 * 3 * (1 - 1 / 4).
    bout = measure_overdispersion([(np.array([12.0, 0.0, 0.0, 0.0]), lengths)])
    assert bout.variance_ratio == pytest.approx(12.0)
    assert bout.freedom == 3
    assert bout.factor == pytest.approx(12.0 * (3.182446 / 1.959964) ** 2, rel=1e-4)
    # Half of a stretch that could not be judged is expected to hold half as many.
    halved = (np.array([4.0, 2.0]), np.array([20.0, 10.0]))
    assert measure_overdispersion([halved]).variance_ratio == 0.0
    silent = (np.zeros(4), lengths)
    assert measure_overdispersion([silent]) == NO_BOUTS
    assert measure_overdispersion([silent, (np.ones(1), lengths[:1])]) == NO_BOUTS


def test_spasms_in_a_bout_widen_the_intervals_of_a_visit_and_of_a_change():
    together = Visit("b", "2026-02-01", (recording(np.arange(2, 12, 0.5)),), Treatment(), "")
    assert together.count() == visit(20).count() == 20
    assert together.per_minute[1][1] > 1.5 * visit(20).per_minute[1][1]
    change, alone = (compare_visits(v, visit(4), math.nan) for v in (together, visit(20)))
    assert change.rate_ratio == alone.rate_ratio
    assert change.rate_ratio_ci95[1] > 1.0 > alone.rate_ratio_ci95[1]
    assert change.overdispersion.variance_ratio > 5


def test_stretches_join_neighbours_and_never_two_recordings():
    own = (recording([1.0, 12.0, 25.0], minutes=0.5), recording([3.0], minutes=0.5))
    counts, seconds = Visit("v", "2026-01-01", own, Treatment(), "").stretches
    assert counts.tolist() == [2, 1, 1, 0]
    assert seconds.tolist() == [20, 10, 20, 10]


def test_a_change_and_its_interval():
    change = compare_visits(visit(20), visit(4), math.nan)
    assert change.rate_ratio == pytest.approx(0.2)
    assert change.rate_ratio_ci95[1] < 1
    low, high = change.share_difference_ci95
    assert low < change.share_difference < high < 0
    assert change.exceeds_smallest is None
    assert compare_visits(visit(20), visit(4), 2.0).exceeds_smallest
    assert compare_visits(visit(20), visit(18), 2.0).exceeds_smallest is False


def test_the_smallest_change_comes_from_repeated_recordings():
    def repeated(*counts):
        own = tuple(recording(np.linspace(1, 100, n)) for n in counts)
        return PatientCourse("P", (Visit("v", "2026-01-01", own, Treatment(), ""),))

    assert math.isnan(compute_smallest_ratio([repeated(5, 6)] * 2))
    alike = compute_smallest_ratio([repeated(10, 11), repeated(8, 8), repeated(12, 11)])
    apart = compute_smallest_ratio([repeated(10, 20), repeated(8, 2), repeated(12, 30)])
    assert 1 < alike < 1.5 < apart


def test_the_affected_side_is_fixed_by_the_first_visit():
    course = PatientCourse("P", (visit(5), visit(9, side="right", day="2026-02-01")))
    assert course.affected_side == "left"
    assert PatientCourse("P", (visit(1),)).affected_side == "unknown"


def test_the_plot_does_not_depend_on_somebody_elses_style():
    patient = PatientCourse("P01", (visit(1), visit(2, "2026-02-05")))
    usual = plot_course(patient).png_uri()
    with mpl.rc_context({"font.size": 23.0, "axes.facecolor": "pink", "lines.linewidth": 9.0}):
        assert plot_course(patient).png_uri() == usual


def test_responders_are_counted():
    patients = [
        PatientCourse(f"P{k}", (visit(20), visit(n, day="2026-03-01")))
        for k, n in enumerate((10, 1, 0, 19, 25, 5, 8))
    ]
    group = compare_group([*patients, PatientCourse("Q", (visit(3),))])
    assert (group.count, group.half_count, group.most_count) == (7, 5, 2)
    assert 0 < group.p_value < 0.2


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Three visits of one patient, with fewer spasms each time."""
    folders = []
    starts = np.arange(2.0, 28.0, 3.0)
    for number, (n, day) in enumerate(((8, "2026-01-05"), (3, "2026-02-02"), (1, "2026-05-04"))):
        spasms = [Spasm(float(t), 0.8, "left") for t in starts[:n]]
        track = synthesize_track(spasms, duration_s=30.0, blink_times_s=(1.0, 29.0), seed=number)
        whose = Recording(patient="P/01 <b>", visit=f"v{number}", date=day)
        folder = tmp_path_factory.mktemp("visits") / f"v{number}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
            segments = [TaskSegment(0.0, 15.0, "rest"), TaskSegment(15.0, 20.0, "lip_pursing")]
            analysis = analyze_track(track, recording=whose, segments=segments)
            analysis.save(folder, plot_formats=())
        folders.append(folder)
    return folders


def test_pages_and_tables_tell_the_course(results, tmp_path):
    patients, remarks = load_course(results)
    assert remarks == ()
    (patient,) = patients
    assert [v.label for v in patient.visits] == ["v0", "v1", "v2"]
    assert [v.count() for v in patient.visits] == [8, 3, 1]
    assert patient.affected_side == "left"
    files = save_course(patients, tmp_path / "course", remarks=["a <i> remark"])
    assert all(file.exists() for file in files)
    with (tmp_path / "course" / "changes.csv").open(newline="") as file:
        changes = list(csv.DictReader(file))
    assert [float(row["rate_ratio"]) for row in changes] == pytest.approx([3 / 8, 1 / 8], abs=0.01)
    visits = pq.read_table(tmp_path / "course" / "visits.parquet").to_pylist()
    assert [row["count_affected"] for row in visits] == [8, 3, 1]
    assert [v.recordings[0].counts.sum() for v in patient.visits] == [8, 3, 1]
    with (tmp_path / "course" / "columns.csv").open(newline="") as file:
        told = {row["name"] for row in csv.DictReader(file)}
    assert set(visits[0]) <= told
    pages = [file for file in files if file.suffix == ".html"]
    assert len(pages) == 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<b>" not in text.replace("<body>", "")
        assert "<i>" not in text
        assert "<script" not in text
        assert "http" not in text.replace("http-equiv", "")
        assert "Rao and Scott 1999" in text


def test_a_visit_tells_kinds_tasks_and_both_halves(results, tmp_path):
    ((patient,), _) = load_course(results)
    first = patient.visits[0]
    assert first.clonic_per_minute == pytest.approx(16.0, rel=0.01)
    assert first.tonic_share == 0.0
    assert math.isnan(first.tonic_amplitude)
    assert 1.0 <= first.regions_per_spasm <= 5.0
    assert set(first.resting_asymmetry) == {"brow", "eye", "cheek", "mouth", "chin"}
    tasks = {task.task: task for task in first.tasks}
    assert tasks["rest"].count + tasks["lip_pursing"].count + tasks[""].count == 8
    assert tasks["rest"].minutes == pytest.approx(0.25, abs=0.01)
    assert tasks["rest"].per_minute[0] == pytest.approx(tasks["rest"].count / 0.25, rel=0.02)
    save_course([patient], tmp_path)
    by_task = pq.read_table(tmp_path / "visit_tasks.parquet").to_pylist()
    assert sum(row["count"] for row in by_task) == 8 + 3 + 1
    weakness = pq.read_table(tmp_path / "visit_weakness.parquet").to_pylist()
    assert {row["movement"] for row in weakness} == {"blink"}
    page = next(tmp_path.glob("patient_*.html")).read_text()
    assert "By task" in page
    assert "lip pursing" in page


def test_tasks_of_several_recordings_are_added_up(results):
    ((patient,), _) = load_course(results)
    recordings = patient.visits[0].recordings + patient.visits[1].recordings
    both = replace(patient.visits[0], recordings=recordings)
    counts = {task.task: task.count for task in both.tasks}
    assert sum(counts.values()) == 11
    assert {t.task: round(t.minutes, 2) for t in both.tasks}["rest"] == 0.5


def test_an_earlier_course_is_replaced_and_nothing_else(results, tmp_path):
    patients, _ = load_course(results[:2])
    save_course(patients, tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    save_course(patients, tmp_path)
    assert (tmp_path / "mine.txt").exists()
    (tmp_path / "course.json").write_text(json.dumps({"files": ["index.html"]}))
    with pytest.raises(OutputError, match="not of an earlier course"):
        save_course(patients, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "visits.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"visits\.csv"):
        save_course(patients, other)
    assert (other / "visits.csv").read_text() == "mine"


def test_what_is_left_out_or_odd_is_told(results, tmp_path):
    _, remarks = load_course(results[:1])
    assert remarks == ("P/01 <b>: one visit only; no change can be told",)
    with pytest.raises(HemiscanError, match="neither a study nor results"):
        load_course([tmp_path])
    nameless = tmp_path / "nameless"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
        analyze_track(synthesize_track(duration_s=3.0)).save(nameless, plot_formats=())
    with pytest.raises(HemiscanError, match="a patient and a date"):
        load_course([nameless])
    _, remarks = load_course([nameless, *results])
    assert remarks == ("nameless is left out: it has no patient; give it in the table",)


def test_visits_of_different_versions_are_told():
    from hemiscan.course.visits import _oddities

    other = Visit("b", "2026-02-01", (recording([1.0], version="2"),), Treatment(), "")
    (remark,) = _oddities([PatientCourse("P", (visit(3), other))])
    assert "different versions or settings" in remark


def test_days_since_treatment():
    treated = visit(3, day="2026-02-01", treatment=Treatment("2026-01-02", "botulinum toxin"))
    assert treated.days_since_treatment == 30
    assert visit(3).days_since_treatment is None
