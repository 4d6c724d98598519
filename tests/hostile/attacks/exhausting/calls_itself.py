"""Calls itself without end, in Python and in what Python is made of.

shows: RecursionError
"""


def again():
    return again()


nested = []
nested.append(nested)
try:
    compile("-" * 10_000 + "1", "deep", "eval")
except (RecursionError, MemoryError, SyntaxError) as error:
    print("not compiled:", type(error).__name__)
again()
