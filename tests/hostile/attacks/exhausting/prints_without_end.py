"""Prints twenty megabytes.

shows: The rest is left out: too much text
"""

for i in range(200_000):
    print(i, "x" * 100)
