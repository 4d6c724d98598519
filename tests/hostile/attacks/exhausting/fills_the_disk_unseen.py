"""Writes two hundred megabytes into files that have no name any more: open, removed, or only mapped.

score: 12
says: it wrote more than 64 MiB
"""

import mmap
import time

kept = []
for i in range(20):
    name = f"unseen-{i}"
    descriptor = os.open(name, os.O_CREAT | os.O_RDWR)
    for _ in range(10):
        os.write(descriptor, os.urandom(2**20))
    os.remove(name)
    if i % 2:
        kept.append(mmap.mmap(descriptor, 10 * 2**20))
        os.close(descriptor)
time.sleep(3)
print("GOT THROUGH: 200 MiB")
