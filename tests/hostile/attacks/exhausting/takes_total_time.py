"""Takes as long as a cell may, in every step that it is asked for, and never too long for one cell.

adam: wrong
limits: cell_seconds=20 total_seconds=2
score: 12
says: all cells together took more than 2 s
"""

import time

for _ in range(100):
    try:
        time.sleep(0.2)
    except BaseException:
        continue
