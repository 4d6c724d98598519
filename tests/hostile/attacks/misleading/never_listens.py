"""Sends questions and never reads the answers, until the grader has nowhere to put them.

limits: cell_seconds=10
score: 12
says: it did not read what the grader sent
"""

import threading
import time


def pour():
    for _ in range(100_000):
        for fd in channels:
            send(fd, {"examine": "x" * 100})


channels = sockets()
threading.Thread(target=pour, daemon=True).start()
end = time.monotonic() + 8
while time.monotonic() < end:
    try:
        time.sleep(1)
    except KeyboardInterrupt:
        continue
