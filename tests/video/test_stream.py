"""Streams that come in pieces, change, lead elsewhere, or hide a password."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import islice

import av
import numpy as np
import pytest

from hemiscan.errors import SourceLostError, VideoError
from hemiscan.video import StreamSource, open_source
from hemiscan.video._address import public_address
from tests.servers import file_server, mjpeg_server

N_FRAMES = 60


@pytest.fixture
def numbered(encode):
    """A maker of clips of 60 numbered frames, 25 a second."""

    def make(name, **options):
        options.setdefault("encoder", {"g": "25", "bf": "0"})
        return encode(name, ticks=range(N_FRAMES), **options)

    return make


def source_of(url, clock):
    return StreamSource(url, clock=clock, sleep=clock.sleep)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_a_file_behind_an_address_keeps_its_times_and_loses_nothing(
    numbered, tmp_path, read_number, clock, name
):
    muxer = {"movflags": "faststart"} if name.endswith("mp4") else {}
    numbered(name, muxer=muxer)
    with file_server(tmp_path) as server, source_of(f"{server.url}/{name}", clock) as source:
        frames = list(source)
    assert [read_number(frame.image) for frame in frames] == list(range(N_FRAMES))
    times = [frame.time_s for frame in frames]
    np.testing.assert_allclose(times, np.arange(N_FRAMES) / 25, atol=2e-3)
    # Each was delivered when it was due, as a camera would have.
    np.testing.assert_allclose([frame.captured_s - 1000 for frame in frames], times, atol=1e-6)
    assert clock() == pytest.approx(1000 + times[-1])


def test_a_playlist_keeps_its_times_and_loses_nothing(numbered, tmp_path, read_number, clock):
    (tmp_path / "hls").mkdir()
    numbered("hls/live.m3u8", muxer={"hls_time": "1", "hls_list_size": "0"})
    assert len(list((tmp_path / "hls").glob("*.ts"))) > 1
    with (
        file_server(tmp_path) as server,
        source_of(f"{server.url}/hls/live.m3u8", clock) as source,
    ):
        frames = list(source)
    assert [read_number(frame.image) for frame in frames] == list(range(N_FRAMES))
    times = [frame.time_s for frame in frames]
    np.testing.assert_allclose(times, np.arange(N_FRAMES) / 25, atol=2e-3)


def test_a_file_that_breaks_off_goes_on_where_it_was(numbered, tmp_path, read_number, clock):
    path = numbered("clip.mkv")
    size = path.stat().st_size
    # The first answer is to who looks where the address leads.
    with file_server(tmp_path, first_bytes=[size, size // 2]) as server:
        source = source_of(f"{server.url}/clip.mkv", clock)
        numbers = []
        for _ in range(3):
            with source:
                try:
                    numbers += [read_number(frame.image) for frame in source]
                except SourceLostError:
                    continue
                break
    assert numbers == list(range(N_FRAMES))


def test_frames_that_stall_on_their_way_move_all_that_follow(numbered, tmp_path, clock):
    numbered("clip.mkv")
    with file_server(tmp_path) as server, source_of(f"{server.url}/clip.mkv", clock) as source:
        before = list(islice(source, 10))
        clock.sleep(3.0)
        after = list(source)
    late_s = after[0].captured_s - before[-1].captured_s
    assert late_s == pytest.approx(3.0)
    assert after[0].time_s - before[-1].time_s == pytest.approx(0.04, abs=2e-3)
    steps = np.diff([frame.captured_s for frame in after])
    np.testing.assert_allclose(steps, 0.04, atol=2e-3)


def test_a_stream_may_come_back_changed():
    """First 64 x 48 and grey levels, then 96 x 54 with other colours, then 48 x 64."""
    sizes = [(64, 48), (96, 54), (48, 64)]

    def images(connection):
        width, height = sizes[connection // 2 % 3]  # each try to connect asks twice
        return [np.full((height, width, 3), 60 + 20 * connection, np.uint8)] * 12

    shapes, indices, times = set(), [], []
    with mjpeg_server(images) as url:
        source = StreamSource(url)
        for _ in sizes:
            with source:
                info = source.info
                with suppress(SourceLostError):
                    for frame in source:
                        shapes.add(frame.image.shape)
                        indices.append(frame.index)
                        times.append(frame.time_s)
    assert (info.width, info.height) == (64, 48)
    assert shapes == {(48, 64, 3)}
    assert indices == list(range(len(indices)))
    assert np.all(np.diff(times) > 0)
    assert source.warnings == [
        "the frame size changes within the clip: every frame was fitted into 64x48"
    ]


def test_a_stream_may_come_back_with_text_and_colours_of_any_kind(encode, tmp_path, clock):
    plain = encode("plain.mkv", ticks=range(10))
    odd = tmp_path / "odd.mkv"
    with av.open(str(odd), "w") as container:
        container.metadata["title"] = "Aufnahme"
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv444p"
        stream.codec_context.colorspace = 8
        for number in range(10):
            frame = av.VideoFrame(160, 96, "yuv444p")
            frame.pts, frame.time_base, frame.colorspace = number, Fraction(1, 25), 8
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    odd.write_bytes(odd.read_bytes().replace(b"Aufnahme", b"Aufn\xe4hme"))
    served = tmp_path / "live.mkv"
    served.write_bytes(plain.read_bytes())
    with file_server(tmp_path) as server:
        source = source_of(f"{server.url}/live.mkv", clock)
        with source:
            first = list(islice(source, 5))
        served.write_bytes(odd.read_bytes())
        with source:
            again = list(source)
    assert len(first) + len(again) == 10
    assert "YCgCo" in source.warnings[0]


class TestAddress:
    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("rtsp://10.0.0.5/live", "rtsp://10.0.0.5/live"),
            ("rtsp://me:secret@10.0.0.5:554/live?key=secret", "rtsp://10.0.0.5:554/live"),
            ("http://me:se@cr@et@camera/live", "http://camera/live"),
            ("http://me:sec/ret@camera/live", "http://camera/live"),
            ("http://me:secret?x@camera/live#secret", "http://camera/live"),
            ("http://me:sec#ret@camera:8080/live", "http://camera:8080/live"),
            ("http://camera/live?token=secret", "http://camera/live"),
        ],
    )
    def test_nothing_secret_is_shown(self, url, shown):
        assert public_address(url) == shown
        assert "secret" not in open_source(url).name

    @pytest.mark.parametrize("password", ["secret", "se@secret", "se/secret", "secret?", "#secret"])
    @pytest.mark.parametrize("scheme", ["http", "rtsp", "tcp"])
    def test_no_error_tells_a_password(self, scheme, password):
        source = StreamSource(f"{scheme}://user:{password}@127.0.0.1:9/camera")
        with pytest.raises(VideoError) as caught:
            source.open()
        told = f"{caught.value!r} {caught.value.__cause__!r}"
        assert "secret" not in told
        assert "user" not in told

    def test_a_redirect_on_the_same_host_is_followed(self, numbered, tmp_path, clock):
        numbered("clip.mkv")
        with file_server(tmp_path) as server:
            url = f"{server.url}/to//to//clip.mkv".replace("://", "://me:secret@")
            with source_of(url, clock) as source:
                assert len(list(source)) == N_FRAMES
        assert "secret" not in source.name

    def test_a_redirect_to_another_host_is_refused(self, numbered, tmp_path, clock):
        numbered("clip.mkv")
        with file_server(tmp_path) as elsewhere, file_server(tmp_path) as server:
            target = elsewhere.url.replace("127.0.0.1", "localhost")
            source = source_of(f"{server.url}/to/{target}/clip.mkv", clock)
            with pytest.raises(VideoError, match="leads to another host, localhost"):
                source.open()
            assert elsewhere.requested == []

    def test_a_redirect_in_a_circle_ends(self, tmp_path, clock):
        with file_server(tmp_path) as server:
            (tmp_path / "to").mkdir()
            source = source_of(f"{server.url}/to/" * 12, clock)
            with pytest.raises(VideoError):
                source.open()
