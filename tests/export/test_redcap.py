"""REDCap, read by pandas and held against its data dictionary as REDCap does on import."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from hemiscan.export import export_redcap, export_results

KEYS = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance"]


def read(directory):
    return [
        pd.read_csv(directory / name, dtype=str, keep_default_na=False)
        for name in ("redcap_data.csv", "redcap_data_dictionary.csv")
    ]


@pytest.fixture
def tables(study, tmp_path):
    export_results(study, tmp_path / "redcap", to="redcap")
    return read(tmp_path / "redcap")


def test_the_dictionary_has_the_columns_of_redcap(tables):
    _, dictionary = tables
    assert len(dictionary.columns) == 18
    assert dictionary.columns[0] == "Variable / Field Name"
    assert dictionary["Variable / Field Name"][0] == "record_id"
    assert dictionary["Variable / Field Name"].is_unique
    assert dictionary["Variable / Field Name"].str.fullmatch("[a-z][a-z0-9_]{0,25}").all()
    assert dictionary["Field Type"].isin(["text", "notes", "radio"]).all()


def check_values(data, fields, *, may_be_empty=()):
    """Hold the rows of some forms against the dictionary, as REDCap does."""
    patterns = {"number": r"-?\d+(\.\d+)?", "integer": r"\d+", "date_ymd": r"\d{4}-\d\d-\d\d"}
    for name, field in fields.iterrows():
        values = set(data[name]) - {""}
        assert values or name in may_be_empty
        if field["Field Type"] == "radio":
            choices = field["Choices, Calculations, OR Slider Labels"].split(" | ")
            assert values <= {choice.split(",")[0] for choice in choices}
        kind = field["Text Validation Type OR Show Slider Number"]
        assert not kind or all(re.fullmatch(patterns[kind], value) for value in values)
        elsewhere = data[data["redcap_repeat_instrument"] != field["Form Name"]]
        assert name in KEYS or (elsewhere[name] == "").all()


def test_every_value_is_as_the_dictionary_says(tables):
    data, dictionary = tables
    fields = dictionary.set_index("Variable / Field Name")
    forms = set(fields["Form Name"])
    assert forms == {"recording", "episode"}
    assert set(data.columns) == {*KEYS, *fields.index, *(f"{form}_complete" for form in forms)}
    check_values(data, fields, may_be_empty=("rec_note", "rec_task", "rec_sha256"))


def test_a_body_has_forms_of_its_own(body_study, findings, tmp_path):
    export_redcap([findings], tmp_path / "face")
    tables = read(tmp_path / "face")
    written = export_results(body_study, tmp_path / "body", to="redcap")
    assert [path.name for path in written] == [
        *("redcap_data.csv", "redcap_data_body.csv", "redcap_data_dictionary.csv")
    ]
    data, dictionary = read(tmp_path / "body")
    assert list(data.columns) == list(tables[0].columns)
    pd.testing.assert_frame_equal(dictionary.iloc[: len(tables[1])], tables[1])
    assert dictionary["Variable / Field Name"].is_unique
    assert dictionary["Variable / Field Name"].str.fullmatch("[a-z][a-z0-9_]{0,25}").all()
    fields = dictionary.iloc[len(tables[1]) :].set_index("Variable / Field Name")
    body = pd.read_csv(tmp_path / "body" / "redcap_data_body.csv", dtype=str, keep_default_na=False)
    forms = dict.fromkeys(fields["Form Name"])
    assert list(forms) == ["body", "limb_episode", "limb_comparison"]
    assert set(body.columns) == {*KEYS, *fields.index, *(f"{form}_complete" for form in forms)}
    check_values(body, fields, may_be_empty=("lc_left_over_right",))
    columns = [*KEYS, "bo_arm_left_episodes", "li_limb", "lc_task"]
    assert body[columns].to_numpy().tolist() == [
        ["P2", "body", "1", "1", "", ""],
        ["P2", "limb_episode", "1", "", "arm", ""],
        ["P2", "limb_episode", "2", "", "leg", ""],
        ["P2", "limb_comparison", "1", "", "", "arms_out"],
    ]


def test_of_a_limb_out_of_view_no_episodes_are_counted(tmp_path, body_findings):
    measures = body_findings.body.measures
    limbs = [replace(limb, left_known=0.0) for limb in measures.limbs]
    body = replace(body_findings.body, measures=replace(measures, limbs=tuple(limbs)))
    export_redcap([replace(body_findings, body=body)], tmp_path)
    table = pd.read_csv(tmp_path / "redcap_data_body.csv", dtype=str, keep_default_na=False)
    row = table[table["redcap_repeat_instrument"] == "body"].iloc[0]
    assert (row["bo_arm_left_known"], row["bo_arm_left_episodes"]) == ("0.000000", "")


def test_recordings_and_episodes_are_instances_of_a_patient(tables):
    data, _ = tables
    assert not data.duplicated(KEYS).any()
    assert data[[*KEYS, "rec_visit", "rec_date", "ep_recording"]].to_numpy().tolist() == [
        ["P-1", "recording", "1", "baseline", "2026-03-01", ""],
        ["P-1", "episode", "1", "", "", "1"],
        ["P1", "recording", "1", "baseline", "2026-03-02", ""],
        ["P1", "episode", "1", "", "", "1"],
    ]


def test_two_recordings_of_a_patient_are_counted_on(tmp_path, findings):
    export_redcap([findings, findings], tmp_path)
    data, _ = read(tmp_path)
    assert set(data["record_id"]) == {"clip"}  # no patient was given
    episodes = data[data["redcap_repeat_instrument"] == "episode"]
    assert episodes["redcap_repeat_instance"].tolist() == ["1", "2", "3", "4"]
    assert episodes["ep_recording"].tolist() == ["1", "1", "2", "2"]
