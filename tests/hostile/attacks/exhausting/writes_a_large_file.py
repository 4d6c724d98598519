"""Writes a file of a gigabyte, sparse and then full, up to a hundred megabytes.

shows: File too large
"""

with open("large", "wb") as file:
    attempt("sparse", lambda: file.truncate(2**30))
    for _ in range(100):
        file.write(bytes(2**20))
        file.flush()
print("GOT THROUGH: 100 MiB")
