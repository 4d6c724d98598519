"""Writes two hundred megabytes in files of ten, and a file of fifty.

score: 12
says: it wrote more than 64 MiB
"""

import time

for i in range(20):
    with open(f"full-{i}", "wb") as file:
        file.write(os.urandom(10 * 2**20))
time.sleep(3)
print("GOT THROUGH: 200 MiB")
