"""Goes past the shell to send the grader eighteen megabytes of outputs in every cell, its own limits aside.

score: 12
says: more text than a cell may print
"""

huge = {"outputs": [{"output_type": "stream", "name": "stdout", "text": "x" * 18_000_000}]}
for fd in sockets():
    for _ in range(20):
        send(fd, huge)
