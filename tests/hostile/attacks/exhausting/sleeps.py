"""Sleeps, awaits and waits for input and for a lock that nobody opens.

limits: cell_seconds=1
shows: the cell took more than 1 s|KeyboardInterrupt
"""

import asyncio
import threading

try:
    input("What is right? ")
except Exception as error:
    print("nobody answered:", error)
try:
    await asyncio.wait_for(asyncio.sleep(10**6), 0.1)
except TimeoutError:
    pass
threading.Lock().acquire() and threading.Event().wait(10**6)
