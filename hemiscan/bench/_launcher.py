"""Runs a command and tells what it took, as JSON: a program of its own, and a small one.

A process inherits the peak memory of the one that starts it, so that whoever has loaded
large libraries cannot measure the memory of others.
"""

import json
import os
import subprocess
import sys
import time

start_s = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
took = {}
try:
    if hasattr(os, "wait4"):  # Windows does not tell
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took["cpu_s"] = usage.ru_utime + usage.ru_stime
        took["peak_bytes"] = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    took["code"] = process.wait()
finally:
    process.kill()
took["wall_s"] = time.perf_counter() - start_s
print(json.dumps(took))
