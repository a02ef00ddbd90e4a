"""Protocols: the built-in one, files of one's own, and what is none."""

from __future__ import annotations

import pytest

from hemiscan.errors import TaskFileError
from hemiscan.tasks import BUILT_IN, COMMANDED, Protocol, Step, load_protocol


def test_the_built_in_protocol_takes_about_four_minutes_and_asks_for_every_movement():
    assert BUILT_IN == ("hfs", "body")
    protocol = load_protocol("hfs")
    assert 210 <= protocol.duration_s <= 270
    tasks = {step.task for step in protocol.steps}
    assert tasks >= {*COMMANDED, "rest", "reading"} - {"smile"}
    assert all(step.prompt for step in protocol.steps)


def test_instructions_follow_each_other_and_repetitions_are_counted():
    protocol = Protocol(
        "own",
        (
            Step("rest", 4.0, "Rest"),
            Step("wide_smile", 2.0, "Smile", repetitions=2, pause_s=1.0),
            Step("rest", 3.0),
        ),
    )
    told = protocol.instructions
    assert [(i.start_s, i.end_s, i.text) for i in told] == [
        (0.0, 4.0, "Rest"),
        (4.0, 6.0, "Smile"),
        (6.0, 7.0, "Relax"),
        (7.0, 9.0, "Smile"),
        (9.0, 10.0, "Relax"),
        (10.0, 13.0, "Rest"),
    ]
    segments = [i.segment for i in told if i.segment is not None]
    assert [(s.task, s.repetition) for s in segments] == [
        ("rest", 1), ("wide_smile", 1), ("wide_smile", 2), ("rest", 2),
    ]  # fmt: skip
    assert protocol.duration_s == 13.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "needs from 1"),
        ("step = 3", "needs from 1"),
        ("nonsense", "no protocol"),
        ("[[step]]\ntask = 'rest'\n", "step 1: .*duration_s"),
        ("[[step]]\ntask = 'rest'\nduration_s = 0\n", "step 1: duration_s must be above 0"),
        ("[[step]]\ntask = 'rest'\nduration_s = 2\nmusic = 'on'\n", "nobody knows 'music'"),
        ("[[step]]\ntask = 'a,b'\nduration_s = 2\n", "task must be a word"),
        ("[[step]]\ntask = 'rest'\nduration_s = 2\nrepetitions = 0\n", "repetitions"),
        ("[[step]]\ntask = 'rest'\nduration_s = 'long'\n", "step 1"),
        ("[[step]]\ntask = 'rest'\nduration_s = 2\nprompt = \"a\\nb\"\n", "one line"),
    ],
)
def test_what_is_none_is_told_in_one_line_with_the_step(tmp_path, text, told):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(TaskFileError, match=told) as error:
        load_protocol(path)
    assert str(path) in str(error.value)


def test_a_missing_protocol_names_those_there_are(tmp_path):
    with pytest.raises(TaskFileError, match="name a file, or hfs"):
        load_protocol(tmp_path / "none.toml")


def test_the_protocol_for_the_body_has_the_tasks_that_are_compared() -> None:
    protocol = load_protocol("body")
    tapping = {"finger_tapping_left", "finger_tapping_right"}
    assert {"arms_out", "arm_raise", "rest", *tapping} == {step.task for step in protocol.steps}
    assert 60 <= protocol.duration_s <= 150
