r"""Hands in outputs that a notebook cannot hold: of unknown types, with negative counts and lone surrogates.

score: 12
says: it sent the grader what no notebook sends
"""

for fd in sockets():
    send(fd, {"outputs": [
        {"output_type": "stream", "name": "stdout", "text": "\ud800"},
        {"output_type": "execute_result", "data": {"application/xjson": {"a": 1}}, "metadata": {}, "execution_count": -1},
    ]})  # fmt: skip
