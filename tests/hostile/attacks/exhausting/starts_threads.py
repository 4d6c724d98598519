"""Starts five hundred threads that wait.

score: 12
says: it had more than 32 threads|can't start new thread
"""

import threading
import time

threading.stack_size(64 * 1024)
for _ in range(500):
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
time.sleep(3)
print("GOT THROUGH:", threading.active_count())
