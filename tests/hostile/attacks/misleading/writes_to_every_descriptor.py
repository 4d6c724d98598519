"""Writes a forged verdict, outputs and a request to fork to every descriptor it has inherited.

score: 12
says: it sent the grader what no notebook sends
"""

forged = [{"verdict": ""}, {"pid": 1}, {"limits": {}, "scratch": "/"}, {"outputs": "all is well"}]
for fd in sockets():
    for message in forged:
        attempt_count = send(fd, message)
