"""The server's side of a WebSocket (RFC 6455) on a blocking socket."""

import base64
import hashlib
import socket
import struct

import numpy as np

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_LONGEST_MESSAGE = 1 << 28
_LONGEST_REQUEST = 1 << 16


class Closed(Exception):
    """The other side went away, or broke the protocol."""


class WebSocket:
    """One connection; `receive` and `send` are for one thread."""

    def __init__(self, connection):
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def accept(self, answers):
        """Upgrades the connection and returns True, or answers a plain GET by its path
        (404 where `answers` has none) and returns False."""
        request = self._request()
        lines = request.split("\r\n")
        method, _, rest = lines[0].partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        key = headers.get("sec-websocket-key")
        if method == "GET" and key and headers.get("upgrade", "").lower() == "websocket":
            token = base64.b64encode(hashlib.sha1(key.encode() + _MAGIC).digest()).decode()
            self._socket.sendall(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Accept: {token}\r\n\r\n".encode()
            )
            return True
        body = answers.get(path) if method == "GET" else None
        status = "404 Not Found" if body is None else "200 OK"
        self._socket.sendall(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
            f"Content-Length: {len(body or '')}\r\n\r\n{body or ''}".encode()
        )
        return False

    def _request(self):
        data = b""
        while b"\r\n\r\n" not in data:
            part = self._socket.recv(4096)
            if not part or len(data) > _LONGEST_REQUEST:
                raise Closed("no HTTP request")
            data += part
        head, _, self._rest = data.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def receive(self):
        """The next binary message (writable memory); answers pings while it waits."""
        parts, size = [], 0
        while True:
            final, code, payload = self._frame()
            if code == _PING:
                self._send(_PONG, payload)
            elif code == _CLOSE:
                self.close()
                raise Closed("closed by the client")
            elif code == _TEXT:
                raise Closed("a text frame; only binary frames are spoken here")
            elif code in (0, _BINARY):
                if (code == 0) != bool(parts):
                    raise Closed("a continuation without beginning, or none where one was due")
                parts.append(payload)
                size += len(payload)
                if size > _LONGEST_MESSAGE:
                    raise Closed(f"a message of more than {_LONGEST_MESSAGE} bytes")
                if final:
                    return parts[0] if len(parts) == 1 else bytearray().join(parts)
            elif code != _PONG:
                raise Closed(f"frame of unknown kind {code}")

    def _frame(self):
        first, second = self._read(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self._read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._read(8))
        if length > _LONGEST_MESSAGE:
            raise Closed(f"a frame of {length} bytes")
        if not second & 0x80:
            raise Closed("an unmasked frame")
        mask = self._read(4)
        payload = self._read(length)
        data = np.frombuffer(payload, np.uint8)
        whole = length // 4 * 4
        words = data[:whole].view(np.uint32)
        np.bitwise_xor(words, np.frombuffer(mask, np.uint32), out=words)
        data[whole:] ^= np.frombuffer(mask, np.uint8)[: length - whole]
        return bool(first & 0x80), first & 0x0F, payload

    def _read(self, count):
        data = bytearray(count)
        data[: len(self._rest)] = self._rest[:count]
        filled, self._rest = min(count, len(self._rest)), self._rest[count:]
        view = memoryview(data)
        while filled < count:
            received = self._socket.recv_into(view[filled:])
            if not received:
                raise Closed("the connection ended")
            filled += received
        return data

    def send(self, data):
        """Sends one binary message."""
        self._send(_BINARY, data)

    def _send(self, code, data):
        length = len(data)
        if length < 126:
            head = struct.pack(">BB", 0x80 | code, length)
        elif length < 1 << 16:
            head = struct.pack(">BBH", 0x80 | code, 126, length)
        else:
            head = struct.pack(">BBQ", 0x80 | code, 127, length)
        self._socket.sendall(head + bytes(data))

    def close(self):
        """Says good-bye and hangs up."""
        try:
            self._send(_CLOSE, struct.pack(">H", 1000))
        except OSError:
            pass
        self.abort()

    def abort(self):
        """Hangs up; a thread that waits in `receive` gets an error."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
