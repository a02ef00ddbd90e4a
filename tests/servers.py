"""Servers on loopback that stand for network cameras."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import cv2


@contextmanager
def mjpeg_server(images, *, interval_s=0.0):
    """Send images as a multipart stream to everyone who connects, then hang up.

    ``images`` may be a function that returns those for the first, second... connection, by
    numbers from 0 on. None stands for a frame that was torn on its way. ``interval_s`` is the
    time between two frames, as a camera leaves it.
    """
    pause = threading.Event()
    boundary = b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: "
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            for number in count():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, suppress(OSError):  # who connected may leave early
                    connection.recv(4096)
                    connection.sendall(
                        b"HTTP/1.0 200 OK\r\n"
                        b"Content-Type: multipart/x-mixed-replace; boundary=picture\r\n\r\n"
                    )
                    for image in images(number) if callable(images) else images:
                        pause.wait(interval_s)
                        data = b"torn"
                        if image is not None:
                            data = cv2.imencode(".jpg", image[:, :, ::-1])[1].tobytes()
                        head = boundary + str(len(data)).encode() + b"\r\n\r\n"
                        connection.sendall(head + data + b"\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://user:secret@127.0.0.1:{server.getsockname()[1]}/camera?key=1"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


class _Handler(SimpleHTTPRequestHandler):
    """Sends files, in part where asked to; addresses beginning with "/to/" lead elsewhere."""

    def do_GET(self):
        self.server.requested.append((self.path, self.headers.get("Authorization")))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        with suppress(OSError):  # who asked may leave early
            super().do_GET()

    def send_head(self):
        path = self.translate_path(self.path)
        wanted = self.headers.get("Range", "")
        if not wanted.startswith("bytes="):
            return super().send_head()
        file = open(path, "rb")  # noqa: PTH123, SIM115
        size = file.seek(0, 2)
        start = int(wanted[6:].partition("-")[0])
        file.seek(start)
        self.send_response(206)
        self.send_header("Content-Length", str(size - start))
        self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        return file

    def copyfile(self, source, outputfile):
        """Send a file, or only the first bytes of it the first time, and hang up."""
        if self.server.first_bytes:
            outputfile.write(source.read(self.server.first_bytes.pop(0)))
            self.close_connection = True
        else:
            super().copyfile(source, outputfile)

    def log_message(self, *_):
        pass


@contextmanager
def file_server(folder, *, first_bytes=()):
    """Send the files of a folder; of the first ones that are asked for only so many bytes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    server.daemon_threads = True
    server.first_bytes, server.requested = list(first_bytes), []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
