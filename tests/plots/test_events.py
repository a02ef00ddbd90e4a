"""The lanes of tasks, and of episodes that are no spasms."""

from __future__ import annotations

from dataclasses import replace

from hemiscan.plots import plot_events
from hemiscan.tasks import TaskSegment


def test_tasks_have_a_lane_of_their_own_with_their_names(spasm_analysis):
    segments = (TaskSegment(0.0, 6.0, "rest"), TaskSegment(7.0, 7.2, "lip_pursing"))
    ax = plot_events(replace(spasm_analysis, segments=segments))
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "Tasks"
    texts = [text.get_text() for text in ax.texts]
    assert "rest" in texts
    assert "lip pursing" not in texts  # no room
    assert "Tasks" not in [t.get_text() for t in plot_events(spasm_analysis).get_yticklabels()]


def test_what_is_no_spasm_looks_otherwise(spasm_analysis):
    def hatches(analysis):
        return [c.get_hatch() for c in plot_events(analysis).collections if c.get_hatch()]

    first, *others = spasm_analysis.episodes
    along = replace(spasm_analysis, episodes=(replace(first, origin="synkinesis"), *others))
    assert len(hatches(along)) == len(hatches(spasm_analysis)) + 1
