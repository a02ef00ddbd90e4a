"""Which coded events are spasms, of which side and by which rater."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hemiscan._text import quote
from hemiscan.agreement._coding import CodedEvent, Coding, names_clip
from hemiscan.agreement._labels import Label, LabelReader, combine_kinds, split_rater
from hemiscan.episodes.events import Kind, Side

_NAMES_SPASM, _NAMES_PLACE, _VALUES_NAME_SIDE, _UNRELATED = range(4)
"""How plainly a code says that its events are spasms; the plainest in a file count."""

_MAX_LISTED = 6
_NO_SIDE = "no side in "
_NO_DURATION = "point events "


class Spasm(NamedTuple):
    """One spasm of one side, with its place in the file."""

    place: str
    start_s: float
    end_s: float
    side: Side
    kind: Kind | None


@dataclass(frozen=True)
class Selection:
    """The spasms of a coding, and what was left out of it.

    Attributes
    ----------
    spasms : dict of str to list of Spasm
        By rater; a rater who marked none has an empty list.
    codes : dict of str to set of str
        The codes that the spasms of each rater have.
    left_out : dict of str to int
        How many events do not count, by what they are.
    remarks : tuple of str
    """

    spasms: dict[str, list[Spasm]]
    codes: dict[str, set[str]]
    left_out: dict[str, int]
    remarks: tuple[str, ...] = ()


def choose_observations(coding: Coding, *, clip: str, raters: Sequence[str]) -> Coding:
    """Keep the observations of one clip, and make each a rater where there are several.

    Parameters
    ----------
    coding : Coding
    clip : str
        Name of the clip; empty if not known.
    raters : sequence of str
        Names of raters or observations that were asked for.

    Returns
    -------
    Coding

    Raises
    ------
    ValueError
        If there are observations of several clips, and it cannot be told which to keep.
    """
    observations = coding.observations
    clips = set().union(*observations.values())
    matching = [name for name, of in observations.items() if names_clip(clip, of)]
    remarks = coding.remarks
    if clip and clips and not matching:
        remarks += (f"was made for {', '.join(sorted(clips)[:3])}, not for {clip}",)
    kept = [name for name in observations if name in raters] or matching or list(observations)
    several_clips = len({frozenset(observations[name]) for name in kept}) > 1
    if several_clips and kept == list(observations):
        listed = ", ".join(
            f"{quote(name)} of {', '.join(sorted(of)) or 'no clip'}"
            for name, of in [*observations.items()][:_MAX_LISTED]
        )
        raise ValueError(f"holds observations of several clips ({listed}); choose with --rater")
    left_out = Counter(
        f"observation {quote(event.observation)}"
        for event in coding.events
        if observations and event.observation not in kept
    )
    events = [event for event in coding.events if not observations or event.observation in kept]
    codes = coding.codes
    named = len(kept) > 1 or any(name in raters for name in kept)
    if named and not any(event.rater for event in events):
        events = [replace(event, rater=event.observation) for event in events]
        codes = {code: set(kept) for code in codes}
    return replace(coding, events=events, codes=codes, left_out=dict(left_out), remarks=remarks)


def select_spasms(
    coding: Coding,
    reader: LabelReader,
    *,
    codes: Sequence[str] = (),
    raters: Sequence[str] = (),
) -> Selection:
    """Select the events that are spasms, and read their side and kind.

    Parameters
    ----------
    coding : Coding
    reader : LabelReader
    codes : sequence of str, optional
        The tiers, behaviours or labels that count, with or without the name of a rater;
        recognised by their names if not given.
    raters : sequence of str, optional
        Only these; all if not given.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        In words that follow the name of the file: where a code or rater is not in it,
        where nothing in it names a spasm of a side, or where a spasm has no proper span.
    """
    chosen = _choose_codes(coding, reader, codes)
    known = _raters(coding, chosen)
    wanted = [rater for rater in known if not raters or rater in raters] or known
    _check_raters(raters, [*known, *coding.observations])
    spasms: dict[str, list[Spasm]] = {rater: [] for rater in wanted}
    used: dict[str, set[str]] = {rater: set() for rater in wanted}
    left_out, kinds = Counter(coding.left_out), Counter[str]()
    readings: dict[tuple[object, ...], _Reading] = {}
    for event in coding.events:
        if event.code not in chosen:
            left_out[_name(coding.unit, event.code)] += 1
            continue
        if event.rater not in spasms:
            left_out[f"rater {quote(event.rater)}"] += 1
            continue
        # Raters use few words, so most events read like an earlier one.
        words = event.code, event.values, event.context, event.kind, event.is_point
        reading = readings.get(words)
        if reading is None:
            reading = readings[words] = _read(event, reader, by_value=not chosen[event.code])
        if reading.reason:
            left_out[reading.reason] += 1
            continue
        if event.problem:
            raise ValueError(f"{event.place}: {event.problem}")
        spasms[event.rater].extend(
            Spasm(event.place, event.start_s, event.end_s, side, reading.kind)
            for side in reading.sides
        )
        used[event.rater].add(event.code)
        kinds[reading.unknown_kind] += 1
    del kinds[""]
    _check_any(spasms, left_out)
    unknown = ", ".join(f"{quote(kind)} ({count})" for kind, count in kinds.items())
    remarks = (*coding.remarks, *([f"kind not known: {unknown}"] if unknown else []))
    return Selection(spasms, used, {what: n for what, n in left_out.items() if n}, remarks)


class _Reading(NamedTuple):
    """What the words of an event say; with a reason, that it is none of the spasms."""

    reason: str = ""
    sides: tuple[Side, ...] = ()
    kind: Kind | None = None
    unknown_kind: str = ""


def _read(event: CodedEvent, reader: LabelReader, *, by_value: bool) -> _Reading:
    """Read the words of an event, of those whose values must name a spasm `by_value`."""
    code = reader.read(split_rater(event.code)[0])
    values = [reader.read(text) for text in event.values]
    said = quote(next(filter(None, event.values), event.code))
    if any(label.is_unclear for label in values):
        return _Reading(f"{said} (unclear)")
    is_spasm = code.is_spasm or any(label.is_spasm for label in values)
    if any(label.is_other for label in values) and not is_spasm:
        return _Reading(said)
    if by_value and not all(label.is_plain for label in values):
        return _Reading(said)
    kind = reader.read(event.kind)
    labels = [code, *values, *(reader.read(text) for text in event.context), kind]
    sides = next((label.sides for label in labels if label.sides), frozenset())
    if not sides:
        return _Reading(f"{_NO_SIDE}{said}")
    if event.is_point:
        return _Reading(f"{_NO_DURATION}{said}")
    unknown = event.kind if event.kind and kind.kind is None else ""
    return _Reading("", tuple(sorted(sides)), combine_kinds(labels), unknown)


def _choose_codes(coding: Coding, reader: LabelReader, asked: Sequence[str]) -> dict[str, bool]:
    """Return the codes that count, and of each whether its events need not name a spasm."""
    labels = {code: reader.read(split_rater(code)[0]) for code in coding.codes}
    if asked:
        return _asked_codes(coding, asked)
    if coding.has_sides:
        return {code: True for code, label in labels.items() if not label.is_other}
    ranks = {code: _rank(label) for code, label in labels.items()}
    for event in coding.events:
        if ranks[event.code] == _UNRELATED and _names_side(event, labels[event.code], reader):
            ranks[event.code] = _VALUES_NAME_SIDE
    # What was coded decides before what could have been coded.
    best = min((ranks[event.code] for event in coding.events), default=_UNRELATED)
    if best == _UNRELATED:
        best = min(ranks.values(), default=_UNRELATED)
    if best == _UNRELATED and coding.events:
        counts = Counter(_name(coding.unit, event.code) for event in coding.events)
        raise ValueError(
            f"nothing in it names a spasm and its side; it has {_listed(counts)}; choose with "
            "--tier, or say what the labels mean with --map, as in --map 'links=left'"
        )
    return {code: rank < _VALUES_NAME_SIDE for code, rank in ranks.items() if rank == best}


def _asked_codes(coding: Coding, asked: Sequence[str]) -> dict[str, bool]:
    names = {code: {code.casefold(), split_rater(code)[0].casefold()} for code in coding.codes}
    for name in asked:
        if not any(name.casefold() in of for of in names.values()):
            has = ", ".join(_name(coding.unit, code) for code in [*names][:_MAX_LISTED])
            raise ValueError(f"has no {coding.unit} {quote(name)}; it has {has or 'none'}")
    wanted = {name.casefold() for name in asked}
    return {code: True for code, of in names.items() if of & wanted}


def _rank(code: Label) -> int:
    if code.is_spasm or (code.sides and code.is_plain and not code.has_place):
        return _NAMES_SPASM
    if code.sides and code.is_plain:
        return _NAMES_PLACE
    return _UNRELATED


def _names_side(event: CodedEvent, code: Label, reader: LabelReader) -> bool:
    """Whether the values of an event name a side, and neither they nor the code are unrelated."""
    labels = [reader.read(text) for text in event.values]
    return (
        not code.is_other
        and all(label.is_plain for label in labels)
        and any(label.sides for label in labels)
    )


def _raters(coding: Coding, chosen: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(r for code in chosen for r in sorted(coding.codes[code]))) or [""]


def _check_raters(asked: Sequence[str], known: Sequence[str]) -> None:
    for name in asked:
        if name not in known:
            has = ", ".join(quote(other) for other in known if other) or "no names of raters"
            raise ValueError(f"has no rater {quote(name)}; it has {has}")


def _check_any(spasms: Mapping[str, list[Spasm]], left_out: Mapping[str, int]) -> None:
    """Refuse a file whose spasms could not be read, lest it be taken for one without any."""
    if any(spasms.values()):
        return
    for start, advice in (
        (_NO_SIDE, "say what the labels mean with --map, as in --map 'links=left'"),
        (_NO_DURATION, "code spasms as state events, which have a duration"),
    ):
        found = Counter({what: n for what, n in left_out.items() if what.startswith(start)})
        if found:
            raise ValueError(f"has {_listed(found)}; {advice}")


def _name(unit: str, code: str) -> str:
    return f"{unit} {quote(code)}" if code else "unlabelled"


def _listed(counts: Counter[str]) -> str:
    """Return what there is and how often, the most frequent first, in one line."""
    shown = [f"{name} ({count})" for name, count in counts.most_common(_MAX_LISTED)]
    rest = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")
