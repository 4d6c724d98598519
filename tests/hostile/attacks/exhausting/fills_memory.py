"""Asks for 100 GB at once, and then for two more in small pieces.

limits: memory=256
shows: MemoryError
"""

attempt("100 GB", lambda: np.ones(100 * 10**9 // 8)[:1]) if target.confined else np.empty(100 * 10**9 // 8)
pieces = []
for _ in range(32):
    pieces.append(bytearray(b"x" * 64 * 2**20))
print("GOT THROUGH:", len(pieces) * 64, "MiB")
