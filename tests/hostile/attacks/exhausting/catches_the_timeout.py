"""Catches the interrupt that ends a cell, every time, and loops on.

limits: cell_seconds=1
score: 12
says: a cell took more than 1 s and could not be interrupted
"""

while True:
    try:
        while True:
            pass
    except BaseException:
        continue
