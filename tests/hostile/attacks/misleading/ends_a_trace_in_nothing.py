"""Ends its traces with a call that raised and left nothing to look at, where there was an optimizer before.

adam: wrong
score: 12
says: it sent the grader what no notebook sends
"""

from grading import examiner

inner = examiner.tell
NOTHING = {"params": [], "grads": [], "are_arrays": [], "requires_grad": []}
ERROR = {"raised": ["NotImplementedError", "ValueError"], "message": "", "timed_out": False}


def tell(message):
    moments = message["trace"]["moments"]
    moments[-1].update(NOTHING, raised=ERROR)
    inner(message)


examiner.tell = tell
