"""The camera page's other half: who may send, what is recorded, what is left after a crash."""

from __future__ import annotations

import datetime
import json
import ssl
import struct
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from hemiscan.errors import HemiscanError
from hemiscan.live import LiveMonitor, unfinished_runs
from hemiscan.live._journal import JOURNAL_NAME
from hemiscan.results import load_findings
from hemiscan.studio import check_host, serve_studio
from hemiscan.video import PushedSource

from .conftest import TOKEN, running_studio

websockets = pytest.importorskip("websockets.sync.client", reason="needs hemiscan[studio]")
from websockets.exceptions import ConnectionClosed, InvalidStatus

PATH = "/api/camera/frames"
HELLO = {"type": "hello", "clock": "page 1", "name": "a/camera", "width": 640, "height": 360}
LATE_S = 60
SAMPLES = Path(__file__).parents[2] / "sample_videos"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "visits"
    folder.mkdir()
    return folder


@pytest.fixture
def studio(folder):
    with running_studio(folder) as client:
        yield client


def connect(client, path=PATH, **changed):
    headers = {"X-Hemiscan-Token": TOKEN, "Origin": client.origin}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    headers = {name: value for name, value in headers.items() if value}
    origin = headers.pop("Origin", None)
    return websockets.connect(
        f"ws://127.0.0.1:{client.port}{path}",
        additional_headers=headers,
        origin=origin,
        compression=None,
        max_size=None,
        max_queue=None,
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"X_Hemiscan_Token": ""},
        {"X_Hemiscan_Token": "wrong"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"path": "/api/recordings"},
        {"path": "/"},
    ],
)
def test_only_the_studios_own_page_may_open_the_socket(studio, changed):
    with pytest.raises(InvalidStatus) as refused, connect(studio, **changed):
        pass
    assert refused.value.response.status_code == 403


def listen(socket, kind):
    """Return the next message of a kind."""
    end_s = time.monotonic() + LATE_S
    while time.monotonic() < end_s:
        words = json.loads(socket.recv(timeout=LATE_S))
        if words["type"] == kind or (words["type"] == "state" and words["phase"] == kind):
            return words
        assert words["type"] != "failed", words
    raise AssertionError(f"no {kind}")


def frame(picture, page_s, n_lost=0):
    return struct.pack("<dI", page_s, n_lost) + picture


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"x" * 5,
        frame(b"x", float("nan")),
        "no json",
        "[" * 50_000,
        "[]",
        "{}",
        '{"type": "hello"}',
        '{"type": "hello", "width": "wide", "height": 1}',
        '{"type": "format the disk"}',
        '{"type": "follow", "what": "the cat"}',
    ],
)
def test_messages_that_are_none_end_the_connection(studio, message):
    with connect(studio) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed):
            listen(socket, "nothing of this kind")


def test_a_second_page_is_told_that_the_camera_is_in_use(studio):
    with connect(studio) as first, connect(studio) as second:
        with pytest.raises(ConnectionClosed) as closed:
            second.recv(timeout=LATE_S)
        assert "in use" in closed.value.rcvd.reason
        first.ping().wait(LATE_S)
    time.sleep(0.3)
    with connect(studio) as third:
        third.send(json.dumps(HELLO))
        listen(third, "preview")


@pytest.fixture(scope="module")
def pictures():
    """The first four seconds of a sample clip, encoded as a page does."""
    with av.open(str(SAMPLES / "left_mixed.mp4")) as container:
        return [
            cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))[1].tobytes()
            for frame, _ in zip(container.decode(video=0), range(120), strict=False)
        ]


def film(socket, pictures, *, from_s=0.0, each_s=1 / 30):
    """Send pictures as a camera of 30 frames a second would."""
    for number, picture in enumerate(pictures):
        socket.send(frame(picture, from_s + number / 30))
        time.sleep(each_s)


def test_a_recording_has_its_frames_times_and_identity(studio, folder, pictures):
    with connect(studio) as socket:
        socket.send(json.dumps(HELLO))
        listen(socket, "preview")
        socket.send(json.dumps({"type": "record", "patient": "P 01", "visit": "week 4"}))
        listen(socket, "recording")
        film(socket, pictures)
        socket.send(json.dumps({"type": "mark", "note": "here"}))
        socket.send(json.dumps({"type": "stop"}))
        finished = listen(socket, "finished")
    results = folder / finished["folder"]
    assert results.name.startswith("P-01_week-4_")
    findings = load_findings(results)
    assert (findings.recording.patient, findings.recording.visit) == ("P 01", "week 4")
    assert findings.summary.clip["name"] == "camera"
    assert findings.summary.live["frames_captured"] == len(pictures)
    assert [mark.note for mark in findings.marks] == ["here"]
    with av.open(str(results / "recording.mp4")) as container:
        times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
    numbers = np.round(30 * np.array(times)).astype(int)
    np.testing.assert_allclose(times, numbers / 30, atol=1e-3)
    assert len(set(numbers)) == len(numbers)
    # A busy machine may not follow; then it says how many are missing.
    n_missing = len(pictures) - len(numbers)
    told = [w for w in findings.warnings if f"{n_missing} frames are missing in recording" in w]
    assert bool(told) == bool(n_missing)
    assert n_missing < 20
    assert studio.get(f"/api/recordings/{finished['id']}").status == 200


def test_a_page_that_comes_back_goes_on_with_the_recording(studio, folder, pictures):
    with connect(studio) as socket:
        socket.send(json.dumps(HELLO))
        listen(socket, "preview")
        socket.send(json.dumps({"type": "record"}))
        listen(socket, "recording")
        film(socket, pictures[:40])
    time.sleep(0.5)
    with connect(studio) as socket:
        socket.send(json.dumps({**HELLO, "clock": "page 2"}))
        listen(socket, "recording")
        film(socket, pictures[40:80], from_s=1000.0)
        socket.send(json.dumps({"type": "stop"}))
        finished = listen(socket, "finished")
    findings = load_findings(folder / finished["folder"], landmarks=False)
    assert findings.summary.live["frames_captured"] == 80
    assert 2 < findings.track.time_s[-1] < 30


def test_what_cannot_be_recorded_is_told(studio, folder):
    with connect(studio) as socket:
        socket.send(json.dumps(HELLO))
        listen(socket, "preview")
        socket.send(json.dumps({"type": "record", "patient": "P\n1"}))
        message = json.loads(socket.recv(timeout=LATE_S))
        while message["type"] != "failed":
            message = json.loads(socket.recv(timeout=LATE_S))
    assert "patient" in message["message"]
    assert list(folder.iterdir()) == []


def test_a_protocol_leads_the_subject(studio, folder, pictures):
    assert studio.get("/api/camera").json["protocols"] == ["hfs", "body"]
    with connect(studio) as socket:
        socket.send(json.dumps(HELLO))
        listen(socket, "preview")
        socket.send(json.dumps({"type": "record", "protocol": "/etc/passwd"}))
        with pytest.raises(AssertionError, match="no such protocol"):
            listen(socket, "recording")
        socket.send(json.dumps({"type": "record", "protocol": "hfs"}))
        listen(socket, "recording")
        film(socket, pictures[:30])
        state = listen(socket, "recording")
        while state["prompt"] is None:
            state = listen(socket, "recording")
        assert "Look into the camera" in state["prompt"]["text"]
        socket.send(json.dumps({"type": "stop"}))
        finished = listen(socket, "finished")
    (segment,) = load_findings(folder / finished["folder"], landmarks=False).segments
    assert (segment.task, segment.source) == ("rest", "protocol")


def test_the_body_is_followed_where_the_page_asks_for_it(studio, folder, pictures):
    with connect(studio) as socket:
        socket.send(json.dumps(HELLO))
        assert listen(socket, "preview")["limbs"] == {}
        socket.send(json.dumps({"type": "follow", "what": "hands"}))
        listen(socket, "begun")
        film(socket, pictures[:10])
        state = listen(socket, "preview")
        while not state["times_s"]:
            state = listen(socket, "preview")
        assert np.shape(state["limbs"]["arm"]) == (len(state["times_s"]), 2)
        socket.send(json.dumps({"type": "record"}))
        listen(socket, "recording")
        film(socket, pictures[:40])
        socket.send(json.dumps({"type": "follow", "what": "face"}))
        with pytest.raises(AssertionError, match="stays as it is"):
            listen(socket, "finished")
        socket.send(json.dumps({"type": "stop"}))
        finished = listen(socket, "finished")
    findings = load_findings(folder / finished["folder"])
    assert findings.body is not None
    assert findings.track.body.hands is not None


def test_results_are_no_place_for_recordings(results):
    with running_studio(results) as client:
        state = client.get("/api/camera").json
        assert not state["can_record"]
        assert "open the folder around it" in state["why"]


def test_a_run_that_broke_off_becomes_results(studio, folder, live_crash):
    name = live_crash(folder / "P01")
    assert [path.name for path in unfinished_runs(folder)] == [name]
    assert studio.get("/api/camera").json["unfinished"] == [name]
    path = "/api/camera/recover"
    assert studio.ask("POST", path, {"folder": "../elsewhere"}).status == 404
    answer = studio.ask("POST", path, {"folder": name})
    assert answer.status == 200
    assert studio.get(f"/api/recordings/{answer.json['id']}").status == 200
    assert studio.get("/api/camera").json["unfinished"] == []


@pytest.fixture
def live_crash():
    """Leaves the journal of a run that was killed, and returns the name of its folder."""

    def leave(directory):
        picture = cv2.imencode(".jpg", np.full((48, 64, 3), 128, dtype=np.uint8))[1].tobytes()
        source = PushedSource("camera", 64, 48)
        for number in range(30):
            source.push(picture, number / 30)
        source.end()
        journal = directory / JOURNAL_NAME
        kept = []
        LiveMonitor(source, output=directory).run(
            on_frame=lambda _: kept.append(journal.read_bytes())
        )
        for path in directory.iterdir():
            path.unlink()
        journal.write_bytes(kept[-1])
        return directory.name

    return leave


@pytest.mark.parametrize(
    ("host", "cert", "key"),
    [("clinic.example", None, None), (None, "c", "k"), ("0.0.0.0", "c", "k"), ("a", "c", None)],
)
def test_other_computers_are_served_over_tls_or_not_at_all(host, cert, key, folder):
    with pytest.raises(ValueError, match="host"):
        check_host(host, cert, key)
    with pytest.raises(ValueError, match="host"):
        serve_studio(folder, host=host, tls_cert=cert, tls_key=key)


def test_a_certificate_that_is_none_is_told(folder):
    (folder / "cert.pem").write_text("no certificate")
    with pytest.raises(HemiscanError, match="cannot be used as certificate and key"):
        serve_studio(
            folder,
            host="localhost",
            tls_cert=folder / "cert.pem",
            tls_key=folder / "cert.pem",
        )


def write_certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def test_a_named_host_is_served_over_tls_to_who_has_the_token(folder, tmp_path, monkeypatch):
    cert, key = write_certificate(tmp_path)
    addresses, servers = [], []
    import uvicorn

    made = uvicorn.Server.__init__

    def remember(self, config):
        servers.append(self)
        made(self, config)

    monkeypatch.setattr(uvicorn.Server, "__init__", remember)
    thread = threading.Thread(
        target=serve_studio,
        args=(folder,),
        kwargs={
            "host": "localhost",
            "tls_cert": cert,
            "tls_key": key,
            "on_ready": addresses.append,
        },
    )
    thread.start()
    try:
        end_s = time.monotonic() + LATE_S
        while not (servers and servers[0].started) and time.monotonic() < end_s:
            time.sleep(0.05)
        (address,) = addresses
        assert address.startswith("https://localhost:")
        context = ssl.create_default_context(cafile=str(cert))
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor()
        )
        with opener.open(address, timeout=LATE_S) as page:
            assert b"hemiscan studio" in page.read()
        bare = address.partition("?")[0]
        request = urllib.request.Request(bare + "api/session")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, context=context, timeout=LATE_S)
        assert refused.value.code == 403
        refused.value.close()
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(LATE_S)
