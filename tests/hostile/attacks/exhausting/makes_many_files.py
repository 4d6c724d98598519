"""Makes five thousand empty files.

score: 12
says: more than 1000 files
"""

import time

for i in range(5000):
    open(f"{i}", "w").close()
time.sleep(3)
print("GOT THROUGH: 5000 files")
