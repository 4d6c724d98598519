"""Asks for a check whose name is a list, nested as deeply as JSON is still read.

score: 12
says: it sent the grader what no notebook sends
"""

for fd in sockets():
    send(fd, b'{"examine": ' + b"[" * 900 + b"]" * 900 + b"}")
    send(fd, {"nothing": "of the kind"})
    send(fd, {"outputs": None})
