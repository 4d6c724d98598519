"""Messages between the two sides: JSON, each preceded by its length. Nothing that is received can run."""

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct("!I")


class ChannelError(Exception):
    """What came is no message; whoever sent it is not to be talked to any further."""


class Closed(ChannelError):
    """Nobody is at the other end any more."""


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

    def send(self, message: dict) -> None:
        """Send a message.

        Raises
        ------
        Closed
            If nobody will read it.
        """
        data = json.dumps(message).encode()
        try:
            self.sock.sendall(LENGTH.pack(len(data)) + data)
        except (BrokenPipeError, ConnectionResetError, TimeoutError) as error:
            raise Closed("nobody reads any more") from error

    def receive(self) -> dict:
        """The next message; waits for it.

        Raises
        ------
        ChannelError
            As `read_some` and `message` do.
        """
        while (found := self.message()) is None:
            self.read_some()
        return found

    def read_some(self) -> None:
        """Take in what has arrived; waits until something has.

        Raises
        ------
        Closed
            If nothing will come any more.
        """
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed("the other side is gone")
        self.received += data

    def message(self) -> dict | None:
        """The next message if all of it has arrived, else None.

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
        message: Any
        try:
            message = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ChannelError("a message that is not JSON") from error
        if not isinstance(message, dict):
            raise ChannelError("a message that is not an object")
        return message
