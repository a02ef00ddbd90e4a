"""Servers on loopback that stand for network cameras."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress

import cv2


@contextmanager
def mjpeg_server(images, *, interval_s=0.0):
    """Send images as a multipart stream to everyone who connects, then hang up.

    None stands for a frame that was torn on its way. ``interval_s`` is the time between
    two frames, as a camera leaves it.
    """
    pause = threading.Event()
    boundary = b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: "
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
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
                    for image in images:
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
