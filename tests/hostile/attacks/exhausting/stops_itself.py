"""Stops itself with SIGSTOP, so that it uses no time and answers nothing.

limits: cell_seconds=1
score: 12
says: a cell took more than 1 s and could not be interrupted
"""

import signal

os.kill(os.getpid(), signal.SIGSTOP)
