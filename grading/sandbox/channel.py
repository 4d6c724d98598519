"""Messages between host and child: JSON with a length prefix. Nothing that is received can run."""

import json
import socket
import struct
from typing import Any

from ..util.json_size import memory_estimate

LENGTH = struct.Struct("!I")
HELD_BACK = 1 << 16  # bytes: what waits for a message that follows is sent when it is as much
MOST_MEMORY = 128 * 2**20  # bytes that a message may take when it is read; a large one is one of pictures


class ChannelError(Exception):
    """What arrived is no message; the connection is of no more use."""


class Closed(ChannelError):
    """The other end of the connection is closed."""


class Unread(ChannelError):
    """The other end does not read."""


class Channel:
    """One end of a connection.

    Parameters
    ----------
    sock : socket.socket
        A stream socket.
    largest : int
        Bytes that a received message may have.
    """

    def __init__(self, sock: socket.socket, largest: int) -> None:
        self.sock, self.largest, self.received = sock, largest, bytearray()
        self.length = self.memory = 0  # of the last message received, and what it takes when it is read
        self.waiting = b""  # to be sent with the next message

    def send(self, message: dict, more: bool = False) -> None:
        """Send a message.

        Parameters
        ----------
        message : dict
        more : bool
            Whether others follow at once, so that it may wait for them: each time that something is sent, the other
            side wakes up.

        Raises
        ------
        Closed
            If there is nobody to read it.
        Unread
            If nobody has read it in the time that the socket's timeout gives.
        """
        data = json.dumps(message).encode()
        data = self.waiting + LENGTH.pack(len(data)) + data
        if more and len(data) < HELD_BACK:
            self.waiting = data
            return
        self.waiting = b""
        try:
            self.sock.sendall(data)
        except TimeoutError as error:
            raise Unread("the other side does not read") from error
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed("the other side is gone") from error

    def receive(self) -> dict:
        """Wait for the next message and return it.

        Raises
        ------
        ChannelError
            As `read_some` and `message` do.
        """
        while (found := self.message()) is None:
            self.read_some()
        return found

    def read_some(self) -> None:
        """Read what has arrived; wait if there is nothing.

        Raises
        ------
        Closed
            If nothing will come any more.
        """
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed("the other side is gone")
        self.received += data

    def message(self) -> dict | None:
        """Return the next message if it has arrived whole, else None.

        Raises
        ------
        ChannelError
            If what has arrived is too long, or no JSON object.
        """
        if len(self.received) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self.received)
        if length > self.largest:
            raise ChannelError(f"a message of {length} bytes, where {self.largest} are allowed")
        end = LENGTH.size + length
        if len(self.received) < end:
            return None
        data = bytes(self.received[LENGTH.size : end])
        del self.received[:end]
        self.length = end
        self.memory = memory_estimate(data)
        if self.memory > MOST_MEMORY:
            raise ChannelError("a message of too many pieces")
        message: Any
        try:
            message = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ChannelError("a message that is not JSON") from error
        if not isinstance(message, dict):
            raise ChannelError("a message that is not an object")
        return message
