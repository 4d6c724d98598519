r"""Announces a message of four gigabytes to the grader.

score: 12
says: a message of 4294967295 bytes
"""

for fd in sockets():
    os.write(fd, b"\xff" * 4 + b"{")
