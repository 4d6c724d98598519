"""Leaves things to run after the last cell: atexit, __del__, fork and exit hooks, threads, signal handlers.

shows: hooks are set
"""

import atexit
import signal
import threading
import time
import weakref


def last_words():
    for fd in sockets():
        send(fd, {"outputs": [{"output_type": "stream", "name": "stdout", "text": "still here"}]})
    open("still-here", "w").write("still here")
    time.sleep(20)


class Clinging:
    def __del__(self):
        last_words()


keep = Clinging()
atexit.register(last_words)
weakref.finalize(keep, last_words)
os.register_at_fork(before=last_words)
threading.Thread(target=time.sleep, args=(20,), daemon=False).start()
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
    signal.signal(number, lambda *args: time.sleep(20))
print("hooks are set")
