"""Hands in traces whose arrays are of objects, of void, of syntax errors, or of numbers that no float holds.

says: .
adam: wrong
score: 12
"""

from grading import examiner

NASTY = [
    {"array": [1], "dtype": dtype}
    for dtype in ("O", "V8", "object", "f8,f8", ",", "(9", "(2,2)f8", "m8", "U9", "float64" * 9, "")
] + [{"array": numbers, "dtype": "float32"} for numbers in ([10**4000], "x", [[1], [2, 3]], [None], {"a": 1})]
attempts = iter(NASTY * 9)
inner = examiner.tell


def tell(message):
    odd, trace = next(attempts), message["trace"]
    trace["moments"][0]["params"] = [odd]
    trace["arrays"]["layouts"].append([[odd["dtype"], odd["array"]]])
    inner(message)


examiner.tell = tell
