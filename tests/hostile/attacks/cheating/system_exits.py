"""Raises SystemExit, KeyboardInterrupt and GeneratorExit in its constructor and its step.

says: .
shows: SystemExit
"""

import sys


class Adam(Optimizer):
    def __init__(self, params, *args, **kwargs):
        self.params, self.calls = params, 0
        raise (SystemExit(0), KeyboardInterrupt(), GeneratorExit())[len(params) % 3]

    def step(self):
        sys.exit(0)


exit()
sys.exit(0)
