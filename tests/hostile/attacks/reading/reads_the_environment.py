"""Looks for the grader's secrets in its environment: os.environ, the C library's, and what the process was given.

shows: looked at [0-9]+ variables
"""

variables = dict(os.environ)
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
for i in range(1000):
    if not environ[i]:
        break
    name, _, value = environ[i].decode().partition("=")
    variables[name] = value
print(f"looked at {len(variables)} variables:", variables)
