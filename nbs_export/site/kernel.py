"""A kernel's client that looks again: now and then pyzmq 27.3 does not notice that a message is there.

One run in a hundred would wait for the reply to a cell until the cell's time is up
(https://github.com/zeromq/pyzmq/issues/2173 is about the same).
"""

import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type

LOOK = 1.0  # seconds between two looks


class Channel(AsyncZMQSocketChannel):
    """A channel that asks again and again, and not once for a long time."""

    async def get_msg(self, timeout: float | None = None) -> dict:
        until = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = max(until - time.monotonic(), 0)
            try:
                return await super().get_msg(min(left, LOOK))
            except Empty:
                if left <= LOOK:
                    raise


class PatientClient(AsyncKernelClient):
    """Gets the replies to cells through such a channel."""

    shell_channel_class = Type(Channel)
