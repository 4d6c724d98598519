"""Runs a sum, a product of matrices and a regular expression that do not return to Python for days.

limits: cell_seconds=1
score: 12
says: a cell took more than 1 s and could not be interrupted
"""

sum(range(10**12))
