"""Multiplies matrices in a step, for as long as it is let.

adam: wrong
limits: cell_seconds=30 cpu_seconds=2
score: 12
says: computed for more than 2 s
"""


def endless(self):
    while True:
        try:
            np.linalg.matrix_power(np.ones((1500, 1500)), 10**6)
        except BaseException:
            continue


Adam = type("Adam", (SGD,), {"step": endless, "__init__": lambda self, params, *args, **kwargs: endless(self)})
