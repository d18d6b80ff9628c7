"""MessagePack with numpy arrays, as the vla-eval protocol writes them.

An array is a map {"__ndarray__": true, "data": bytes, "dtype": text, "shape": list}.
"""

import struct

import numpy as np

_ARRAY_KINDS = "biuf"


class MessageError(ValueError):
    """Bytes that are no message, or a value that cannot be sent."""


def pack(value):
    """The bytes of a value made of None, bool, int, float, str, bytes, list, dict and arrays."""
    parts = []
    _pack(value, parts)
    return b"".join(parts)


def _pack(value, parts):
    if value is None:
        parts.append(b"\xc0")
    elif isinstance(value, (bool, np.bool_)):
        parts.append(b"\xc3" if value else b"\xc2")
    elif isinstance(value, (int, np.integer)):
        parts.append(_integer(int(value)))
    elif isinstance(value, (float, np.floating)):
        parts.append(struct.pack(">Bd", 0xCB, float(value)))
    elif isinstance(value, str):
        data = value.encode()
        parts += [_head(len(data), 0xA0, 32, (0xD9, 0xDA, 0xDB)), data]
    elif isinstance(value, (bytes, bytearray, memoryview)):
        parts += [_head(len(value), None, 0, (0xC4, 0xC5, 0xC6)), bytes(value)]
    elif isinstance(value, (list, tuple)):
        parts.append(_head(len(value), 0x90, 16, (None, 0xDC, 0xDD)))
        for element in value:
            _pack(element, parts)
    elif isinstance(value, dict):
        parts.append(_head(len(value), 0x80, 16, (None, 0xDE, 0xDF)))
        for key, element in value.items():
            _pack(key, parts)
            _pack(element, parts)
    elif isinstance(value, np.ndarray):
        if value.dtype.kind not in _ARRAY_KINDS:
            raise MessageError(f"an array of {value.dtype} cannot be sent")
        _pack(
            {
                "__ndarray__": True,
                "data": np.ascontiguousarray(value).tobytes(),
                "dtype": value.dtype.str,
                "shape": list(value.shape),
            },
            parts,
        )
    else:
        raise MessageError(f"a {type(value).__name__} cannot be sent")


def _integer(value):
    if 0 <= value < 128:
        return bytes([value])
    if -32 <= value < 0:
        return struct.pack("b", value)
    unsigned = value > 0
    for code, layout, bits in zip(
        (0xCC, 0xCD, 0xCE, 0xCF) if unsigned else (0xD0, 0xD1, 0xD2, 0xD3),
        ("B", "H", "I", "Q") if unsigned else ("b", "h", "i", "q"),
        (8, 16, 32, 64),
    ):
        if value < 1 << bits if unsigned else value >= -(1 << (bits - 1)):
            return struct.pack(">B" + layout, code, value)
    raise MessageError(f"{value} has more than 64 bits")


def _head(length, short, limit, codes):
    if length < limit:
        return bytes([short | length])
    for code, layout, bits in zip(codes, ("B", "H", "I"), (8, 16, 32)):
        if code is not None and length < 1 << bits:
            return struct.pack(">B" + layout, code, length)
    raise MessageError(f"a value of {length} parts is too long")


def unpack(data):
    """The value in `data`; arrays share its memory."""
    reader = _Reader(memoryview(data))
    try:
        value = reader.value()
    except (IndexError, struct.error, UnicodeDecodeError, TypeError, RecursionError) as error:
        raise MessageError(f"no message: {error}") from None
    if reader.at != len(reader.data):
        raise MessageError(f"{len(reader.data) - reader.at} bytes follow the message")
    return value


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise MessageError("the message ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, layout):
        return struct.unpack(">" + layout, self.take(struct.calcsize(layout)))[0]

    def value(self):
        code = self.number("B")
        if code < 0x80:
            return code
        if code < 0x90:
            return self.map(code & 0x0F)
        if code < 0xA0:
            return self.list(code & 0x0F)
        if code < 0xC0:
            return self.text(code & 0x1F)
        if code >= 0xE0:
            return code - 0x100
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code in _NUMBERS:
            return self.number(_NUMBERS[code])
        if code in _SIZED:
            kind, layout = _SIZED[code]
            return getattr(self, kind)(self.number(layout))
        raise MessageError(f"code {code:#x} is not supported")

    def bytes(self, length):
        return self.take(length)

    def text(self, length):
        return str(self.take(length), "utf-8")

    def list(self, count):
        return [self.value() for _ in range(count)]

    def map(self, count):
        found = {}
        for _ in range(count):
            key = self.value()
            found[bytes(key).decode() if isinstance(key, memoryview) else key] = self.value()
        return _array(found) if "__ndarray__" in found else found


def _array(found):
    try:
        if found["dtype"] not in _DTYPES:
            raise MessageError(f"an array of {found['dtype']!r} is not supported")
        return np.frombuffer(found["data"], found["dtype"]).reshape(found["shape"])
    except (KeyError, OverflowError, ValueError, TypeError) as error:
        raise MessageError(f"no array: {error}") from None


# As numpy spells them; numpy itself would take a text for a little language of its own.
_DTYPES = {
    *("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"),
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {
    0xCA: "f", 0xCB: "d", 0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q",
    0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q",
}
_SIZED = {
    0xC4: ("bytes", "B"), 0xC5: ("bytes", "H"), 0xC6: ("bytes", "I"),
    0xD9: ("text", "B"), 0xDA: ("text", "H"), 0xDB: ("text", "I"),
    0xDC: ("list", "H"), 0xDD: ("list", "I"), 0xDE: ("map", "H"), 0xDF: ("map", "I"),
}
