"""Opens files and pipes until there are no descriptors left, and then goes on working.

shows: Too many open files
"""

kept = []
while len(kept) < 3000:
    kept.append(os.pipe())
print("GOT THROUGH:", len(kept))
