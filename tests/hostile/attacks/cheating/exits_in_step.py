r"""Leaves with exit status 0 as soon as its step is called, before anybody can say that it is wrong.

adam: wrong
score: 12
says: ended itself \(exit status 0\)
"""

Adam = type("Adam", (SGD,), {"step": lambda self: os._exit(0)})
