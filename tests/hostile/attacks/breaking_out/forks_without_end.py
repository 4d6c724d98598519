"""Forks in a loop, twenty times where it may.

shows: refused: 0 processes
"""

import time

made = 0
for _ in range(20):
    try:
        if not os.fork():
            time.sleep(20)
            os._exit(0)
    except OSError:
        continue
    made += 1
print("GOT THROUGH:" if made else "refused:", made, "processes")
