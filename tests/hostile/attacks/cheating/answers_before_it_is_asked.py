"""Sends the empty outputs of fifty cells at once, before any of them has run.

score: 12
says: the examiner was not asked
"""

for fd in sockets():
    attempt_count = [send(fd, {"outputs": []}) for _ in range(50)]
