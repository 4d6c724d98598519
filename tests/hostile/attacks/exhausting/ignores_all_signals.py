"""Ignores and blocks every signal, and then computes without end.

limits: cell_seconds=30 cpu_seconds=2
score: 12
says: it computed for more than 2 s
"""

import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    pass
