"""The body in a study: when clips are done again, its tables, and the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hemiscan
from hemiscan.analysis import Analysis
from hemiscan.body import BodyMeasures, Coincidence, LimbComparison, LimbEpisode, LimbMeasures
from hemiscan.episodes import DetectorConfig
from hemiscan.results import body_csv
from hemiscan.review import ReviewAction, open_review
from hemiscan.study import (
    ManifestRow,
    describe_recording,
    folder_names,
    render_patient,
    run_study,
    save_tables,
    table_names,
)
from hemiscan.study._body_tables import BODY_TABLES, CLIP_COLUMNS
from hemiscan.study._clip_task import ClipSettings, settings_digest
from hemiscan.study._state import ClipState
from hemiscan.synthetic import LimbJerk, Spasm, synthesize_body, synthesize_track
from tests.body.conftest import body_analysis, with_body  # noqa: F401
from tests.study.test_tables import save

pq = pytest.importorskip("pyarrow.parquet")


def save_with_body(analysis: Analysis, directory: Path) -> None:
    """Write what the tables are made of, as `Analysis.save` does among other files."""
    save(analysis, directory)
    for name, text in body_csv(analysis.body).items():
        (directory / name).write_text(text, encoding="utf-8")


@pytest.fixture
def study(
    body_analysis: Analysis,  # noqa: F811
    make_analysis: Callable[..., Analysis],
    rng: np.random.Generator,
    tmp_path: Path,
) -> dict[str, Any]:
    """A whole body, a face with its body out of view, a face alone, and a clip that failed."""
    rows = [
        ManifestRow(n, tmp_path / f"{name}.mp4", f"P{n}", "V1", task="body")
        for n, name in enumerate("abcd", start=2)
    ]
    statuses = ("done", "done", "done", "failed")
    clips = [
        ClipState(name, status=status)
        for name, status in zip(folder_names(rows), statuses, strict=True)
    ]
    body = synthesize_body(rng=rng, duration_s=16.0)
    hidden = replace(body, visibility=np.zeros_like(body.visibility))
    directory = tmp_path / "study"
    folders = [directory / "recordings" / clip.folder for clip in clips]
    save_with_body(body_analysis, folders[0])
    save_with_body(with_body(make_analysis(name="b.mp4"), hidden), folders[1])
    save(make_analysis(name="c.mp4"), folders[2])
    return {"directory": directory, "rows": rows, "clips": clips}


def read(study: dict[str, Any], table: str) -> pd.DataFrame:
    return pd.read_parquet(study["directory"] / f"{table}.parquet")


def test_clips_tell_what_is_in_view_and_nothing_of_what_is_not(study) -> None:
    save_tables(study["directory"], **study)
    clips = read(study, "clips")
    assert clips["body_share"].round(2).tolist()[:1] == [1.0]
    assert clips["body_arm_left_known"].fillna(-1).tolist() == [1.0, 0.0, -1, -1]
    assert clips["body_arm_left_count"].fillna(-1).tolist() == [1, -1, -1, -1]
    assert clips["body_arm_right_count"].fillna(-1).tolist() == [0, -1, -1, -1]
    assert clips["body_leg_right_count"].fillna(-1).tolist() == [1, -1, -1, -1]
    assert clips["body_leg_left_unrest"].notna().tolist() == [True, False, False, False]
    assert clips["body_hand_left_known"].isna().all()  # no fingers were tracked
    assert clips[[column.name for column in CLIP_COLUMNS]].loc[2:].isna().all(axis=None)


def test_duckdb_joins_episodes_of_limbs_with_their_clips(study) -> None:
    duckdb = pytest.importorskip("duckdb")
    save_tables(study["directory"], **study)
    folder = study["directory"]
    found = duckdb.sql(
        "SELECT c.patient, e.episode, e.side, e.limb, e.kind, e.jerk_count, round(e.start_s) "
        f"FROM '{folder}/limb_episodes.parquet' e JOIN '{folder}/clips.parquet' c "
        "USING (recording) ORDER BY 2"
    ).fetchall()
    assert found == [
        ("P2", 1, "left", "arm", "clonic", 1, 4.0),
        ("P2", 2, "right", "leg", "clonic", 1, 8.0),
    ]


def test_what_repeats_has_tables_of_its_own(study) -> None:
    save_tables(study["directory"], **study)
    coincidences = read(study, "limb_coincidences").set_index("side")
    assert coincidences["together_count"].to_dict() == {"left": 1, "right": 0}
    assert abs(coincidences.loc["left", "median_lag_s"]) < 0.5
    assert np.isnan(coincidences.loc["right", "median_lag_s"])
    comparisons = read(study, "limb_comparisons")
    assert comparisons[["task", "segment_task", "measure"]].to_numpy().tolist() == [
        ["body", "arms_out", "drop"],
        ["body", "arms_out", "drop"],
    ]
    assert comparisons["left"].isna().tolist() == [False, True]
    assert comparisons["left_over_right"].isna().all()


def test_csv_says_what_parquet_says_and_every_column_is_explained(study) -> None:
    save_tables(study["directory"], csv=True, **study)
    directory = study["directory"]
    assert {path.name for path in directory.iterdir()} == {
        "recordings",
        *table_names(csv=True, body=True),
    }
    told = pd.read_csv(directory / "columns.csv", keep_default_na=False)
    for name in ("clips", *BODY_TABLES):
        parquet = read(study, name)
        text = pd.read_csv(directory / f"{name}.csv")
        pd.testing.assert_frame_equal(text, parquet, check_dtype=False)
        schema = pq.read_schema(directory / f"{name}.parquet")
        own = told[told["table"] == name]
        assert own["name"].tolist() == schema.names
        assert own["type"].tolist() == [str(field.type) for field in schema]


def test_without_a_body_nothing_tells_of_one(study) -> None:
    without = {name: study[name][2:] for name in ("rows", "clips")}
    save_tables(study["directory"], study["directory"], csv=True, **without)
    names = {path.name for path in study["directory"].iterdir()}
    assert names == {"recordings", *table_names(csv=True)}
    assert not [name for name in read(study, "clips").columns if name.startswith("body")]
    assert "limb" not in (study["directory"] / "columns.csv").read_text()


@pytest.mark.parametrize(
    ("of", "table", "renamed"),
    [
        (LimbEpisode, "limb_episodes", {}),
        (Coincidence, "limb_coincidences", {}),
        (LimbComparison, "limb_comparisons", {"task": "segment_task"}),
    ],
)
def test_every_field_of_a_row_has_a_column(of, table, renamed) -> None:
    names = {renamed.get(field.name, field.name) for field in fields(of)}
    assert names <= {column.name for column in BODY_TABLES[table]}


def test_every_measure_of_a_body_has_a_column() -> None:
    names = {column.name for column in CLIP_COLUMNS}
    of_limbs = {field.name for field in fields(LimbMeasures)} - {"limb"}
    assert {f"body_arm_{name}" for name in of_limbs} <= names
    of_body = {field.name for field in fields(BodyMeasures)}
    assert of_body == {
        *("body_share", "limbs", "coincidences", "comparisons"),
        *("left_hand_known", "right_hand_known"),
    }


def test_a_damaged_table_of_limbs_is_told_and_ends_nothing(study) -> None:
    folder = study["directory"] / "recordings" / study["clips"][0].folder
    (folder / "body_episodes.csv").write_text("nonsense\n")
    _, unreadable = save_tables(study["directory"], **study)
    assert list(unreadable) == [0]
    assert "body_episodes.csv" in unreadable[0]
    assert read(study, "limb_episodes").empty


def test_as_reviewed_limbs_are_held_against_the_episodes_that_count(
    body_analysis,  # noqa: F811
    tmp_path,
    monkeypatch,
) -> None:
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
    row = ManifestRow(2, tmp_path / "a.mp4", "P01")
    clip = ClipState("a", status="done")
    results = tmp_path / "recordings" / "a"
    body_analysis.save(results, plot_formats=())
    open_review(results).append(ReviewAction("reject", "d1"), reviewer="A")
    save_tables(tmp_path, tmp_path, [row], [clip], reviewed=True)
    coincidences = pd.read_parquet(tmp_path / "limb_coincidences.parquet")
    assert coincidences["side"].tolist() == ["right"]
    assert len(pd.read_parquet(tmp_path / "limb_episodes.parquet")) == 2
    assert pd.read_parquet(tmp_path / "clips.parquet")["body_arm_left_count"].tolist() == [1]


def test_a_patients_page_counts_the_episodes_of_limbs_in_view(
    body_analysis,  # noqa: F811
    spasm_analysis,
) -> None:
    row = ManifestRow(2, Path("/x/clip.mp4"), "P01")
    shown, without = (
        describe_recording(row, "P01_ab", of.summary, of.episodes)
        for of in (body_analysis, spasm_analysis)
    )
    assert (shown.limb_counts, without.limb_counts) == ((1, 1), None)
    assert "limbs: 1 left, 1 right" in render_patient([shown])
    assert "limbs" not in render_patient([without])


def test_only_clips_with_the_body_are_done_again_for_it(tmp_path) -> None:
    row = ManifestRow(2, tmp_path / "a.mp4")
    without, with_it = (ClipSettings(DetectorConfig(), body=body) for body in (False, True))
    # As in the study.json of earlier versions, so that nobody's study is analysed again.
    assert set(without.to_dict()) == {"config", "stills", "annotate", "save_track"}
    assert with_it.to_dict() == {**without.to_dict(), "body": True}
    assert settings_digest(row, without) != settings_digest(row, with_it)


@pytest.fixture
def manifest_of_tracks(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Two saved tracks, of which one holds a body whose left arm jerks."""
    track = synthesize_track([Spasm(1.0, 1.5, "left")], duration_s=6)
    jerk = LimbJerk(1.0, 0.3, "left", "arm", 0.4)
    body = synthesize_body([jerk], rng=rng, duration_s=6, noise=0.01)
    hemiscan.save_track(replace(track, body=body), tmp_path / "body.npz")
    hemiscan.save_track(track, tmp_path / "face.npz")
    path = tmp_path / "study.csv"
    path.write_text("clip,patient\nbody.npz,P01\nface.npz,P02\n")
    return path


@pytest.mark.usefixtures("in_this_process")
def test_a_study_of_bodies_has_their_tables_and_loses_them_with_them(
    manifest_of_tracks, tmp_path
) -> None:
    out = tmp_path / "out"
    done = run_study(manifest_of_tracks, out, body=True, stills=False)
    assert done.analyzed == 1
    (failure,) = done.failures
    assert "face.npz: holds no body; analyse the clip itself with --body" in failure.error
    tables = {f"{name}.parquet" for name in BODY_TABLES}
    assert tables <= {path.name for path in done.files}
    state = json.loads((out / "study.json").read_text())
    assert tables <= set(state["files"])
    assert state["settings"]["body"] is True
    assert pd.read_parquet(out / "limb_episodes.parquet")["limb"].tolist() == ["arm"]
    assert run_study(manifest_of_tracks, out, body=True, stills=False).skipped == 1

    # A track that holds a body is analysed with it in any case, but it counts as done anew.
    assert run_study(manifest_of_tracks, out, stills=False).analyzed == 2
    assert tables <= {path.name for path in out.iterdir()}
    manifest_of_tracks.write_text("clip,patient\nface.npz,P02\n")
    done = run_study(manifest_of_tracks, out, stills=False)
    assert not tables & {path.name for path in (*out.iterdir(), *done.files)}
    assert "body" not in json.loads((out / "study.json").read_text())["settings"]
