"""Wire v1 frames for leaves that run MicroPython (and CPython 3, for tests).

    0     1        2     3        4          length-1
    0x53  version  type  leaf id  payload... XOR of all bytes before it

Nothing is raised for what comes from outside: check() names the fault, or gives None.
"""

import struct

import frame_types as wire

_MESSAGE = wire.MESSAGES
_NAMES = {}  # filled below: table's name -> {code: name}


def check(frame):
    """The fault of a frame (bytes, bytearray or memoryview), by WIRE.md's order of checks."""
    length = len(frame)
    if length < wire.FRAME_BYTES_MIN:
        return "tooShort"
    if length > wire.FRAME_BYTES_MAX:
        return "tooLong"
    if frame[0] != wire.FRAME_MAGIC:
        return "badMagic"
    if frame[1] != wire.FRAME_VERSION:
        return "unsupportedVersion"
    if _xor(frame, length) != 0:
        return "badChecksum"
    return _check_payload(frame, length - wire.FRAME_HEADER_BYTES - wire.FRAME_CHECKSUM_BYTES)


def _xor(frame, end):
    result = 0
    for i in range(end):
        result ^= frame[i]
    return result


def _check_payload(frame, length):
    kind = frame[2]
    if kind == _MESSAGE["SENSOR_REPORT"]:
        if length < 1 or 1 + frame[4] * wire.FRAME_READING_BYTES > length:
            return "truncatedPayload"
        for i in range(frame[4]):
            at = 5 + i * wire.FRAME_READING_BYTES
            # An exponent of all ones is a NaN or an infinity.
            if frame[at + 4] & 0x7F == 0x7F and frame[at + 3] & 0x80:
                return "badValue"
        return None
    needed = 0
    if kind == _MESSAGE["HEARTBEAT"]:
        needed = 6
    elif kind == _MESSAGE["WAKE_NOTIFY"]:
        needed = 1
    elif kind == _MESSAGE["TIME_SYNC"]:
        needed = 4
    elif kind == _MESSAGE["REGISTER"] or kind == _MESSAGE["COMMAND"]:
        needed = 2 if length < 2 else 2 + frame[5]
        if kind == _MESSAGE["COMMAND"] and length >= 2:
            name = _NAMES["command"].get(frame[4])
            if name and frame[5] < wire.COMMAND_ARGS[name][0]:
                return "truncatedPayload"
    return "truncatedPayload" if length < needed else None


def decode(frame):
    """A sound frame as a dict of the fields that `mycel frame decode` prints, without `ok`."""
    code = frame[2]
    kind = _NAMES["message"].get(code)
    fields = {"version": frame[1], "type": code if kind is None else kind, "leafId": frame[3]}
    if kind == "SENSOR_REPORT":
        fields["readings"] = [
            {"channel": _name("channel", channel), "value": value}
            for channel, value in readings(frame)
        ]
    elif kind == "HEARTBEAT":
        fields["batteryMv"], fields["uptimeS"] = struct.unpack_from("<HI", frame, 4)
    elif kind == "WAKE_NOTIFY":
        fields["wokenLeafId"] = frame[4]
    elif kind == "REGISTER":
        fields["hardware"] = _name("hardware", frame[4])
        fields["capabilities"] = [_name("capability", code) for code in frame[6 : 6 + frame[5]]]
    elif kind == "COMMAND":
        name = _NAMES["command"].get(frame[4])
        if name is None:
            fields["command"] = frame[4]
            fields["argsHex"] = _hex(frame[6 : 6 + frame[5]])
        else:
            field = wire.COMMAND_ARGS[name][1]
            arg = command_arg(frame)
            fields["command"] = name
            fields["args"] = {field: arg != 0 if field == "on" else arg} if field else {}
    elif kind == "TIME_SYNC":
        fields["unixS"] = struct.unpack_from("<I", frame, 4)[0]
    elif kind != "ACK" and kind != "WAKE":
        fields["payloadHex"] = _hex(frame[4:-1])
    return fields


def readings(frame):
    """(channel code, value) of each reading of a report."""
    for i in range(frame[4]):
        yield struct.unpack_from("<Bf", frame, 5 + i * wire.FRAME_READING_BYTES)


def command_arg(frame):
    """The argument of a known command as a number; 0 for one that has none."""
    width = wire.COMMAND_ARGS[_NAMES["command"][frame[4]]][0]
    arg = 0
    for i in range(width):
        arg |= frame[6 + i] << (8 * i)
    return arg


def make(kind, leaf_id, payload=b""):
    """Any frame. ValueError, a bug of the caller's, for what the wire cannot carry."""
    if len(payload) > wire.FRAME_PAYLOAD_BYTES_MAX:
        raise ValueError("payload above 240 bytes")
    if not 0 <= leaf_id <= 255 or not 0 <= kind <= 255:
        raise ValueError("leaf id and type are 0..255")
    frame = bytearray(len(payload) + wire.FRAME_HEADER_BYTES + wire.FRAME_CHECKSUM_BYTES)
    frame[0] = wire.FRAME_MAGIC
    frame[1] = wire.FRAME_VERSION
    frame[2] = kind
    frame[3] = leaf_id
    frame[4:-1] = payload
    frame[-1] = _xor(frame, len(frame) - 1)
    return bytes(frame)


def report(leaf_id, pairs):
    """pairs: (channel code, value). What is not a finite number is left out."""
    kept = [(channel, value) for channel, value in pairs if value is not None and _finite(value)]
    payload = bytearray(1 + len(kept) * wire.FRAME_READING_BYTES)
    if len(kept) > wire.FRAME_READINGS_MAX:
        raise ValueError("more than 47 readings")
    payload[0] = len(kept)
    for i, (channel, value) in enumerate(kept):
        struct.pack_into("<Bf", payload, 1 + i * wire.FRAME_READING_BYTES, channel, value)
    return make(_MESSAGE["SENSOR_REPORT"], leaf_id, payload)


def _finite(value):
    return value - value == 0 and -3.4028235e38 <= value <= 3.4028235e38


def heartbeat(leaf_id, battery_mv, uptime_s):
    return make(_MESSAGE["HEARTBEAT"], leaf_id, struct.pack("<HI", battery_mv, uptime_s))


def wake_notify(leaf_id, woken_leaf_id):
    return make(_MESSAGE["WAKE_NOTIFY"], leaf_id, bytes([woken_leaf_id]))


def register(leaf_id, hardware, capabilities):
    if len(capabilities) > wire.FRAME_CAPABILITIES_MAX:
        raise ValueError("more than 238 capabilities")
    payload = bytes([hardware, len(capabilities)]) + bytes(capabilities)
    return make(_MESSAGE["REGISTER"], leaf_id, payload)


def ack(leaf_id):
    return make(_MESSAGE["ACK"], leaf_id)


def _hex(part):
    return "".join("%02x" % byte for byte in part)


def _name(table, code):
    return _NAMES[table].get(code) or "unknown_0x%02x" % code


def _by_code(*tables):
    return {code: name for table in tables for name, code in table.items()}


_NAMES["message"] = _by_code(wire.MESSAGES)
_NAMES["channel"] = _by_code(wire.CHANNELS)
_NAMES["capability"] = _by_code(wire.CHANNELS, wire.ACTUATORS)
_NAMES["hardware"] = _by_code(wire.HARDWARES)
_NAMES["command"] = _by_code(wire.COMMANDS)
