"""Closes every descriptor, the one to the grader too.

score: 12
says: it broke off its connection to the grader|it ended itself
"""

os.closerange(0, 1000)
