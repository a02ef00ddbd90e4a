"""Damaged and invented files: read, or refused in one line, never anything else."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from hemiscan.agreement import compute_agreement
from hemiscan.errors import HemiscanError

ELAN = b"""<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><HEADER>
<MEDIA_DESCRIPTOR MEDIA_URL="file:///v.mp4" TIME_ORIGIN="500"/></HEADER><TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="2000"/>
</TIME_ORDER><TIER TIER_ID="left@MK" PARTICIPANT="MK"><ANNOTATION><ALIGNABLE_ANNOTATION
ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>clonic
</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"""
TABLE = b"start_s,end_s,side,kind,rater,label\n1,2,left,tonic,MK,spasm\n3,0:04.5,right,,AB,twitch\n"
BORIS = (
    b"Observation id,Media file name,Subject,Behavior,Modifier #1,Behavior type,Time\n"
    b"v,v.mp4,left,spasm,tonic,START,1.0\nv,v.mp4,left,spasm,tonic,STOP,2.0\n"
    b"v,v.mp4,left,blink,,POINT,3.0\n"
)
EXPORT = b"left\t\t1.25\t3.0\t1.75\ttonic\nspasm right\t\t5.0\t5.5\t0.5\t\n"
PROJECT = json.dumps(
    {
        "behaviors_conf": {"0": {"type": "State event", "code": "spasm left"}},
        "observations": {
            "v": {
                "file": {"1": ["v.mp4"]},
                "events": [[t, "", "spasm left", "", "", 0] for t in (1.0, 2.0)],
                "independent_variables": {"coder": "MK"},
            }
        },
    }
).encode()
FILES = {
    "ratings.eaf": ELAN,
    "ratings.csv": TABLE,
    "boris.csv": BORIS,
    "ratings.txt": EXPORT,
    "study.boris": PROJECT,
    "study.boris.gz": gzip.compress(PROJECT, mtime=0),
}
SCRAPS = (
    *(b"nan", b"inf", b"1e999", b"-1", b'""', b"\0", b"\xff\xfe", b"\x1b[31m", b"left", b"both"),
    *(b"9" * 500, b"\n", b"\t", b";", b'"', b"<", b"&amp;", b"{", b"]", b"null", b"STOP", b"@"),
    *(b"R1_", b"::", b"1:2:3", b"#", "\N{RIGHT-TO-LEFT OVERRIDE}".encode()),
)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_read_or_refused_in_one_line(read, rng, name):
    """A hundred files, each with a few bytes replaced, cut out, doubled or put in."""
    outcomes = set()
    for _ in range(100):
        content = damaged(FILES[name], rng)
        try:
            file = read(content, name, end_s=60.0, clip="v.mp4")
        except HemiscanError as error:
            outcomes.add("refused")
            message = str(error)
            assert name in message
            assert message.isprintable(), content
            assert len(message) < 1000
        else:
            outcomes.add("read")
            for spasms in file.raters.values():
                compute_agreement(spasms, (), end_s=60.0)
    assert "refused" in outcomes


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    damage = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        here, there = rng.integers(len(damage) + 1, size=2)
        match rng.integers(4):
            case 0:
                damage[here:here] = SCRAPS[rng.integers(len(SCRAPS))]
            case 1:
                del damage[here : here + int(rng.integers(1, 20))]
            case 2:
                damage[here : here + 1] = bytes([rng.integers(256)])
            case _:
                damage[here:here] = damage[there : there + int(rng.integers(1, 60))]
    return bytes(damage)
