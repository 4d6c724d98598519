"""Announces a message of a megabyte to the grader, sends half of it, and waits.

limits: cell_seconds=1
score: 12
says: took more than 1 s
"""

import time

for fd in sockets():
    os.write(fd, struct.pack("!I", 2**20) + b'{"outputs": [')
for _ in range(20):
    try:
        time.sleep(1)
    except KeyboardInterrupt:
        pass
