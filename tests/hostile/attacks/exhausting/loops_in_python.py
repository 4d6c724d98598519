"""Runs a loop without end in Python.

limits: cell_seconds=1
shows: the cell took more than 1 s|KeyboardInterrupt
"""

while True:
    pass
