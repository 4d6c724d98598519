"""Messages between the two sides."""

import json
import socket

import pytest

from grading.sandbox.channel import HELD_BACK, LENGTH, Channel, ChannelError, Closed, Unread


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.2)
        yield Channel(ours, 1000), theirs


def framed(data):
    return LENGTH.pack(len(data)) + data


def test_messages_arrive_whole_and_in_order(ends):
    channel, theirs = ends
    other = Channel(theirs, 1000)
    sent = [{"cell": "print('ü')"}, {}, {"numbers": [0.1, -1e300, None], "deep": {"a": [[]]}}]
    for message in sent:
        other.send(message)
    assert [channel.receive() for _ in sent] == sent
    assert channel.message() is None


def test_a_message_may_arrive_byte_by_byte(ends):
    channel, theirs = ends
    data = framed(b'{"a": 1}')
    for number, byte in enumerate(data):
        assert channel.message() is None, number
        theirs.send(bytes([byte]))
        channel.read_some()
    assert channel.message() == {"a": 1}
    assert channel.length == len(data)


def test_what_is_announced_too_long_is_refused_before_it_comes(ends):
    channel, theirs = ends
    theirs.send(LENGTH.pack(1001))
    channel.read_some()
    with pytest.raises(ChannelError, match="a message of 1001 bytes, where 1000 are allowed"):
        channel.message()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"{'a': 1}", b"[" * 900, b"9" * 900 + b"x", b'{"a": ' + b"9" * 900]
)
def test_what_is_not_json_is_refused(ends, data):
    channel, theirs = ends
    theirs.send(framed(data))
    with pytest.raises(ChannelError, match="a message that is not JSON"):
        channel.receive()


def test_json_that_is_too_deep_or_a_number_too_long_is_refused(ends):
    _, theirs = ends
    for data in (b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"a":' + b"9" * 5000 + b"}"):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(framed(data))
            with pytest.raises(ChannelError, match="a message that is not JSON"):
                Channel(ours, 200_000).receive()


@pytest.mark.parametrize("message", [None, 1, "text", [], [{}]])
def test_what_is_no_object_is_refused(ends, message):
    channel, theirs = ends
    theirs.send(framed(json.dumps(message).encode()))
    with pytest.raises(ChannelError, match="a message that is not an object"):
        channel.receive()


def test_a_closed_connection_is_said_to_be_closed(ends):
    channel, theirs = ends
    theirs.send(framed(b'{"last": 1}') + LENGTH.pack(8) + b"{")
    theirs.close()
    assert channel.receive() == {"last": 1}
    with pytest.raises(Closed):
        channel.receive()
    with pytest.raises(Closed):
        channel.send({"a": 1})


def test_what_may_wait_goes_out_with_the_next_message_or_when_it_is_much(ends):
    channel, theirs = ends
    other = Channel(theirs, 10**6)
    theirs.setblocking(False)
    channel.send({"n": 1}, more=True)
    channel.send({"n": 2}, more=True)
    with pytest.raises(BlockingIOError):
        other.read_some()
    channel.send({"n": 3})
    assert [other.receive() for _ in range(3)] == [{"n": 1}, {"n": 2}, {"n": 3}]
    channel.send({"n": "x" * HELD_BACK}, more=True)
    assert other.receive() == {"n": "x" * HELD_BACK}


def test_who_does_not_read_is_told_from_who_is_gone(ends):
    channel, _ = ends
    with pytest.raises(Unread):
        channel.send({"a": "x" * 10**7})
