"""Says of one cell after the other that it has run, and reads none of them.

score: 12
says: the examiner was not asked
"""

import time

(channel, *_) = sockets()
while True:
    send(channel, {"outputs": []})
    time.sleep(0.1)
