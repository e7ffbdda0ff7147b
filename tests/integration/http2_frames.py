# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by hand (RFC 9113, RFC 7541), for a client that does what no library would.

Header fields are written as literals without indexing, so that no compressor's state is needed; what the
server answers is told apart by frame type, and a status by its place in the static table.
"""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}  # indices of the static table


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(value, bits, first=0):
    """RFC 7541 §5.1"""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out = bytes([first | limit])
    value -= limit
    while value >= 128:
        out += bytes([value % 128 | 128])
        value //= 128
    return out + bytes([value])


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return integer(len(data), 7) + data


def literal(name, value):
    return b"\x00" + text(name) + text(value)


def request_headers(length=None, path="/admit?timeout=10s", method="POST", extra=()):
    fields = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path),
              ("content-type", "application/json")]
    fields += [("content-length", str(length))] if length is not None else []
    return b"".join(literal(name, value) for name, value in [*fields, *extra])


class Connection:
    """A TLS connection that has spoken the preface; the rest is up to the test."""

    def __init__(self, webhook, settings=b"", preface=PREFACE, timeout=60):
        raw = socket.create_connection(("127.0.0.1", webhook.port), timeout=timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = webhook.context(protocols=("h2",), client=webhook.client).wrap_socket(
            raw, server_hostname="localhost")
        self.buffer = b""
        self.send(preface + frame(SETTINGS, payload=settings))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.tls.sendall(data)

    def close(self):
        self.tls.close()

    def request(self, stream, body=b"", end=True, **options):
        """A whole POST, or (end=False) one whose body goes on."""
        headers = request_headers(**options)
        out = frame(HEADERS, END_HEADERS | (END_STREAM if end and not body else 0), stream, headers)
        chunks = [body[i:i + 16384] for i in range(0, len(body), 16384)]
        for number, chunk in enumerate(chunks):
            last = end and number == len(chunks) - 1
            out += frame(DATA, END_STREAM if last else 0, stream, chunk)
        self.send(out)

    def read_frame(self):
        """(kind, flags, stream, payload); None at the end of the connection."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            try:
                data = self.tls.recv(65536)
            except TimeoutError:
                raise
            except OSError:
                data = b""
            if not data:
                return None
            self.buffer += data
        length = int.from_bytes(self.buffer[:3], "big")
        kind, flags, stream = struct.unpack(">BBI", self.buffer[3:9])
        payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
        if kind == SETTINGS and not flags & ACK:
            try:
                self.send(frame(SETTINGS, ACK))
            except OSError:
                pass
        return kind, flags, stream & 0x7fffffff, payload

    def wait_for(self, *kinds, stream=None):
        """The next frame of these kinds, None where the connection ends before it."""
        while True:
            got = self.read_frame()
            if got is None or (got[0] in kinds and stream in (None, got[2])):
                return got

    def status(self, stream):
        """The status of the stream's answer: a number, "reset N", or "closed"."""
        got = self.wait_for(HEADERS, RST_STREAM, GOAWAY)
        while got and got[0] != GOAWAY and got[2] != stream:
            got = self.wait_for(HEADERS, RST_STREAM, GOAWAY)
        if got is None:
            return "closed"
        if got[0] != HEADERS:
            return f"reset {int.from_bytes(got[3][-4:], 'big')}" if got[0] == RST_STREAM else "goaway"
        first = got[3][0]
        if first & 0x80:
            return STATUS[first & 0x7f]
        length = got[3][1] & 0x7f  # a literal :status, by its name's index, Huffman-coded or not
        value = got[3][2:2 + length]
        return int(value) if not got[3][1] & 0x80 else huffman_number(value)


def huffman_number(value):
    """Digits of RFC 7541's code: 0, 1, 2 take five bits, the others six."""
    codes = {"00000": "0", "00001": "1", "00010": "2", **{f"{0b011001 + i:06b}": str(3 + i) for i in range(7)}}
    bits, out, pending = "".join(f"{byte:08b}" for byte in value), "", ""
    for bit in bits:
        pending += bit
        if pending in codes:
            out, pending = out + codes[pending], ""
    return int(out)
