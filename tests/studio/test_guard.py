"""What other programs, and pages of other sites, must not get."""

from __future__ import annotations

import socket

import pytest

from hemiscan.studio.server import _listen

ANY = "/api/recordings"


@pytest.fixture
def studio(shared_studio):
    return shared_studio


@pytest.mark.parametrize("path", ["/", "/static/app.js", ANY, "/media/x", "/api/session"])
def test_nobody_is_answered_without_the_token(studio, path):
    assert studio.get(path, X_Hemiscan_Token="").status == 403


def test_a_wrong_token_is_refused(studio):
    assert studio.get("/?token=wrong", X_Hemiscan_Token="").status == 403
    assert studio.get(ANY, X_Hemiscan_Token="wrong").status == 403
    assert studio.get(ANY, X_Hemiscan_Token="", Cookie="a=b; c").status == 403


def test_the_printed_address_gives_a_cookie_that_no_script_and_no_other_site_gets(studio):
    answer = studio.get(f"/?token={studio.headers['X-Hemiscan-Token']}", X_Hemiscan_Token="")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    named = cookie.partition(";")[0]
    assert studio.get(ANY, X_Hemiscan_Token="", Cookie=named).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "localhost", "", "127.0.0.1"])
def test_a_foreign_host_is_refused(studio, host):
    # Rebinding: a name of somebody else's that resolves to this computer.
    assert studio.get(ANY, Host=host).status in (400, 421)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_pages_of_other_sites_are_refused(studio, method, origin):
    assert studio.ask(method, ANY, b"{}", Origin=origin).status == 403


def test_changes_without_an_origin_are_refused(studio):
    assert studio.ask("PUT", "/api/session", {"reviewer": "A"}, Origin="").status == 403


def test_requests_that_the_browser_says_come_from_elsewhere_are_refused(studio):
    assert studio.get(ANY, Sec_Fetch_Site="cross-site").status == 403
    assert studio.get(ANY, Sec_Fetch_Site="same-site").status == 403
    assert studio.get(ANY, Sec_Fetch_Site="same-origin").status == 200


def test_pages_may_load_nothing_from_elsewhere_and_run_no_inline_script(studio):
    headers = studio.get(ANY).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2fserver.py",
        "/static/....//server.py",
        "/static//etc/passwd",
        "/media/../../etc/passwd",
        "/media/%2e%2e%2fetc%2fpasswd",
        "/api/recordings/..%2f..%2fetc",
        "/api/recordings/%00",
        "/api/nothing",
    ],
)
def test_paths_lead_nowhere_else(studio, path):
    assert studio.get(path).status in (400, 403, 404)


def test_links_out_of_the_opened_folder_are_not_followed(results, folder_studio, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "other.mp4").write_bytes(b"secret")
    for name in ("frames.csv", "episodes.csv", "summary.json", "blinks.csv"):
        (secret / name).write_bytes((results / name).read_bytes())
    (results.parent / "elsewhere").symlink_to(secret)
    (results.parent / "linked.mp4").symlink_to(secret / "other.mp4")
    rows = folder_studio.get(ANY).json
    assert [row["name"] for row in rows] == ["clip.mp4"]
    inside = rows[0]["id"]
    (results / "episodes.csv").unlink()
    (results / "episodes.csv").symlink_to(secret / "episodes.csv")
    assert folder_studio.get(f"{ANY}/{inside}").status == 403


def test_huge_bodies_are_refused_announced_or_not(studio):
    huge = 1 << 20
    assert studio.ask("PUT", "/api/session", b"x" * huge).status == 413
    assert studio.ask("PUT", "/api/session", b"", Content_Length="99999999999").status == 413
    assert studio.ask("PUT", "/api/session", b"", Content_Length="-5").status in (400, 413)
    path = f"{ANY}/{studio.only_recording()}/review"
    long = {"after": 0, "action": {"type": "comment", "comment": "x" * 5000}}
    assert studio.ask("POST", path, long).status in (409, 422)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 30_000, b'"x"', b"NaN"])
def test_bodies_that_are_no_json_object_are_refused(studio, body):
    assert studio.ask("PUT", "/api/session", body).status == 400


@pytest.mark.parametrize("reviewer", [None, "", " ", "x" * 1000, "a\nb", 5, ["a"]])
def test_reviewers_have_names(studio, reviewer):
    answer = studio.ask("PUT", "/api/session", {"reviewer": reviewer})
    assert answer.status == 422
    assert "\n" not in answer.json["message"]


@pytest.mark.parametrize(
    "query",
    ["", "start_s=a&end_s=1&points=5", "start_s=0&end_s=nan&points=5", "start_s=0&end_s=1&points="],
)
def test_numbers_that_are_none_are_refused(studio, query):
    assert studio.get(f"{ANY}/{studio.only_recording()}/traces?{query}").status == 400


@pytest.mark.parametrize("query", ["first=-1&count=1", "first=0&count=0", "first=0&count=99999999"])
def test_no_more_of_the_mesh_than_is_shown(studio, query):
    assert studio.get(f"{ANY}/{studio.only_recording()}/mesh?{query}").status == 400


def test_what_is_no_http_is_refused(studio):
    with socket.create_connection(("127.0.0.1", studio.port)) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert b" 400 " in connection.recv(200)
    assert studio.get(ANY).status == 200


def test_scripts_in_names_stay_text(studio):
    row = studio.get(ANY).json[0]
    assert row["patient"] == "P-1 <script>"
    assert studio.get(ANY).headers["Content-Type"] == "application/json"
    studio.call_me("<img src=x onerror=alert(1)>")
    path = f"{ANY}/{row['id']}/review"
    action = {"type": "comment", "id": "d1", "comment": "</script><script>alert(1)"}
    review = studio.ask("POST", path, {"after": 0, "action": action}).json
    assert review["episodes"][0]["comment"] == "</script><script>alert(1)"
    assert review["episodes"][0]["by"] == "<img src=x onerror=alert(1)>"


def test_it_listens_on_loopback_alone():
    with _listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
