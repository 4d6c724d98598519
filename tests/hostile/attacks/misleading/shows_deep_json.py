"""Displays JSON that is nested nine hundred levels deep, which is deeper than a notebook can be written.

says: name 'Adam' is not defined|it sent the grader what no notebook sends
score: 12
"""

from IPython.display import display

data = []
for _ in range(300):
    data = [data]
attempt("show it", lambda: display({"application/json": data}, raw=True))
for fd in sockets():
    nested = b"[" * 900 + b"]" * 900
    send(
        fd,
        b'{"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"application/json": '
        + nested
        + b"}}]}",
    )
