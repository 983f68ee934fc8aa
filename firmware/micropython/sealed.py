"""Wire v2 frames, sealed with AES-128-CCM, for leaves that run MicroPython (and CPython 3, for tests).

    0     1     2     3       4       5        7      11        13          length-8
    0x53  0x02  type  key_no  length  leaf id  epoch  sequence  payload...  tag

Nothing is raised for what comes from outside: check() and check_opened() name the fault, or give None.
An opened frame is header and payload, without the tag.
"""

import struct

import frame as v1
import frame_types
import sealed_types as wire

try:
    from cryptolib import aes as _chip_aes  # the chip's own, where the port has it
except ImportError:
    _chip_aes = None

_TYPE = wire.SEALED_TYPES
_HEADER = "<BBBBBHIH"
_AT = wire.SEALED_AT_PAYLOAD
_TAG = wire.SEALED_TAG_BYTES


class Key:
    """encrypt() gives one block of 16 bytes for another."""

    def __init__(self, raw):
        if _chip_aes:
            self._aes = _chip_aes(bytes(raw), 1)
            self.encrypt = self._aes.encrypt
        else:
            self._round_keys = _expand(raw)
            self.encrypt = self._in_software

    def _in_software(self, block):
        keys = self._round_keys
        state = bytearray(16)
        for i in range(16):
            state[i] = block[i] ^ keys[i]
        for base in range(16, 176, 16):
            # SubBytes and ShiftRows: byte r of column c comes from column c + r.
            shifted = bytearray(_SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16))
            if base < 160:
                for c in (0, 4, 8, 12):
                    a, b, d, e = shifted[c : c + 4]
                    every = a ^ b ^ d ^ e
                    shifted[c] ^= every ^ _times_two(a ^ b)
                    shifted[c + 1] ^= every ^ _times_two(b ^ d)
                    shifted[c + 2] ^= every ^ _times_two(d ^ e)
                    shifted[c + 3] ^= every ^ _times_two(e ^ a)
            for i in range(16):
                state[i] = shifted[i] ^ keys[base + i]
        return bytes(state)


def _times_two(value):
    return (value << 1 ^ (0x1B if value & 0x80 else 0)) & 0xFF


def _make_sbox():
    """Inverses by walking the field by powers of 3, then the affine map (FIPS 197, 5.1.1)."""
    powers, power = bytearray(256), 1
    for exponent in range(256):
        powers[exponent] = power
        power ^= _times_two(power)
    sbox = bytearray(256)
    sbox[0] = 0x63
    for exponent in range(255):
        inverse = powers[255 - exponent]
        twice = inverse | inverse << 8
        mapped = twice ^ twice >> 4 ^ twice >> 5 ^ twice >> 6 ^ twice >> 7
        sbox[powers[exponent]] = (mapped ^ 0x63) & 0xFF
    return bytes(sbox)


_SBOX = b"" if _chip_aes else _make_sbox()


def _expand(raw):
    keys = bytearray(176)
    keys[:16] = raw
    constant = 1
    for i in range(16, 176, 4):
        word = keys[i - 4 : i]
        if i % 16 == 0:
            word = bytearray((_SBOX[word[1]] ^ constant, _SBOX[word[2]], _SBOX[word[3]], _SBOX[word[0]]))
            constant = _times_two(constant)
        for n in range(4):
            keys[i + n] = keys[i + n - 16] ^ word[n]
    return keys


def ccm(key, nonce, clear, text, tag_bytes, opening):
    """(text sealed or opened, tag) with a 13-byte nonce (SP 800-38C, RFC 3610)."""
    out = bytearray(text)
    for at in range(0, len(out), 16):
        stream = key.encrypt(b"\x01" + nonce + struct.pack(">H", at // 16 + 1))
        for n in range(at, min(at + 16, len(out))):
            out[n] ^= stream[n - at]
    plain = out if opening else text
    flags = (0x40 if clear else 0) | (tag_bytes - 2) // 2 << 3 | 1
    mac = key.encrypt(bytes([flags]) + nonce + struct.pack(">H", len(plain)))
    if clear:
        mac = _absorb(key, mac, struct.pack(">H", len(clear)) + bytes(clear))
    mac = _absorb(key, mac, plain)
    stream = key.encrypt(b"\x01" + nonce + b"\x00\x00")
    return out, bytes(mac[n] ^ stream[n] for n in range(tag_bytes))


def _absorb(key, mac, data):
    for at in range(0, len(data), 16):
        block = bytearray(mac)
        for n in range(at, min(at + 16, len(data))):
            block[n - at] ^= data[n]
        mac = key.encrypt(bytes(block))
    return mac


def kind_of(frame):
    """The type without a leaf's wish for an answer."""
    return frame[2] & ~wire.SEALED_ANSWER_BIT if frame[2] < wire.SEALED_HUB_BIT else frame[2]


def _clear_bytes(frame):
    return _AT + (wire.SEALED_EUI_BYTES if kind_of(frame) == _TYPE["PAIR_REQUEST"] else 0)


def _nonce(frame):
    return bytes(frame[2:_AT]) + b"\x00\x00"


def seal(key, kind, key_no, leaf_id, epoch, sequence, payload=b""):
    """A frame. ValueError, a bug of the caller's, for what the wire cannot carry."""
    length = _AT + len(payload) + _TAG
    if length > wire.SEALED_BYTES_MAX:
        raise ValueError("payload above 229 bytes")
    head = struct.pack(
        _HEADER, wire.SEALED_MAGIC, wire.SEALED_VERSION, kind, key_no, length, leaf_id, epoch, sequence
    )
    plain = head + bytes(payload)
    clear = _clear_bytes(plain)
    text, tag = ccm(key, _nonce(plain), plain[:clear], plain[clear:], _TAG, False)
    return plain[:clear] + bytes(text) + tag


def check(frame):
    """The fault of a sealed frame before any key is known, by WIRE.md's order of checks."""
    length = len(frame)
    if length < wire.SEALED_BYTES_MIN:
        return "tooShort"
    if length > wire.SEALED_BYTES_MAX:
        return "tooLong"
    if frame[0] != wire.SEALED_MAGIC:
        return "badMagic"
    if frame[1] != wire.SEALED_VERSION:
        return "unsupportedVersion"
    if frame[4] != length or length < _clear_bytes(frame) + _TAG:
        return "badLength"
    return None


def open_frame(key, frame):
    """Header and payload of a frame that check() found sound; None for a tag that is not right."""
    clear = _clear_bytes(frame)
    text, tag = ccm(key, _nonce(frame), frame[:clear], frame[clear:-_TAG], _TAG, True)
    wrong = 0
    for n in range(_TAG):
        wrong |= tag[n] ^ frame[n - _TAG]
    return None if wrong else bytes(frame[:clear]) + bytes(text)


def check_opened(opened):
    """The fault of an opened frame's payload."""
    kind = kind_of(opened)
    length = len(opened) - _AT
    if length < _LEAST.get(kind, 0):
        return "truncatedPayload"
    if kind == _TYPE["REPORT"]:
        return _check_groups(opened)
    if kind == _TYPE["WAKE_NOTIFY"] and length < 1 + 2 * opened[_AT]:
        return "truncatedPayload"
    if kind == _TYPE["REGISTER"] and length < 7 + opened[_AT + 6]:
        return "truncatedPayload"
    if kind == _TYPE["RESULT"] and length % wire.SEALED_RESULT_BYTES:
        return "truncatedPayload"
    if kind == _TYPE["COMMAND"]:
        name = _COMMAND_NAMES.get(opened[_AT + 6])
        least = frame_types.COMMAND_ARGS[name][0] if name else 0
        if length - 8 < opened[_AT + 7] or opened[_AT + 7] < least:
            return "truncatedPayload"
    if kind == _TYPE["CONFIG"]:
        at = _AT + 2
        while at < len(opened):
            if len(opened) - at < 2 or len(opened) - at - 2 < opened[at + 1]:
                return "truncatedPayload"
            at += 2 + opened[at + 1]
    if kind == _TYPE["TIME_SYNC"] and struct.unpack_from("<I", opened, _AT + 4)[0] > 0x1FFFFF:
        return "badValue"
    return None


def _check_groups(opened):
    fault = None
    at = _AT
    while at < len(opened):
        if len(opened) - at < 5 or len(opened) - at - 5 < 5 * opened[at + 4]:
            return "truncatedPayload"
        end = at + 5 + 5 * opened[at + 4]
        for reading in range(at + 5, end, 5):
            # An exponent of all ones is a NaN or an infinity.
            if opened[reading + 4] & 0x7F == 0x7F and opened[reading + 3] & 0x80:
                fault = "badValue"
        at = end
    return fault


def header(frame):
    """(type, key_no, leaf_id, epoch, sequence), also of a frame that is still sealed."""
    _, _, kind, key_no, _, leaf_id, epoch, sequence = struct.unpack_from(_HEADER, frame, 0)
    return kind, key_no, leaf_id, epoch, sequence


def groups(opened):
    """(age in ms, [(channel code, value)]) of each group of a report."""
    at = _AT
    while at < len(opened):
        age_ms, count = struct.unpack_from("<IB", opened, at)
        yield age_ms, [struct.unpack_from("<Bf", opened, at + 5 + 5 * n) for n in range(count)]
        at += 5 + 5 * count


def settings(opened):
    """(key, value's bytes) of each setting of a CONFIG."""
    at = _AT + 2
    while at < len(opened):
        yield opened[at], opened[at + 2 : at + 2 + opened[at + 1]]
        at += 2 + opened[at + 1]


def command_arg(opened):
    """The argument of a known command as a number; 0 for one that has none."""
    name = _COMMAND_NAMES.get(opened[_AT + 6])
    width = frame_types.COMMAND_ARGS[name][0] if name else 0
    return little(opened[_AT + 8 : _AT + 8 + width])


def little(data):
    value = 0
    for n in range(len(data)):
        value |= data[n] << (8 * n)
    return value


def decode(opened):
    """A sound opened frame as a dict of the fields that TypeScript's decodeSealed() gives."""
    kind, key_no, leaf_id, epoch, sequence = header(opened)
    code = kind_of(opened)
    name = _TYPE_NAMES.get(code)
    fields = {"version": 2, "type": name or code, "keyNo": key_no, "leafId": leaf_id}
    fields["epoch"], fields["sequence"] = epoch, sequence
    if kind != code:
        fields["answer"] = True
    payload = opened[_AT:]
    if name == "REPORT":
        fields["groups"] = [
            {
                "ageMs": age_ms,
                "readings": [{"channel": v1._name("channel", c), "value": v} for c, v in pairs],
            }
            for age_ms, pairs in groups(opened)
        ]
    elif name == "HEARTBEAT":
        names = ("batteryMv", "uptimeS", "waiting", "dropped", "configVersion")
        fields.update(zip(names, struct.unpack_from("<HIHHH", payload, 0)))
    elif name == "WAKE_NOTIFY":
        fields["wokenLeafIds"] = list(struct.unpack_from("<%dH" % payload[0], payload, 1))
    elif name == "REGISTER":
        fields["hardware"] = v1._name("hardware", payload[0])
        fields["flags"] = payload[1]
        fields["firmware"], fields["configVersion"] = struct.unpack_from("<HH", payload, 2)
        fields["capabilities"] = [v1._name("capability", c) for c in payload[7 : 7 + payload[6]]]
    elif name == "RESULT":
        fields["results"] = [
            {"commandId": struct.unpack_from("<I", payload, at)[0], "outcome": _outcome(payload[at + 4])}
            for at in range(0, len(payload), 5)
        ]
    elif name == "PAIR_REQUEST":
        fields["eui"], fields["challenge"] = v1._hex(payload[:8]), v1._hex(payload[8:16])
    elif name == "COMMAND":
        fields["commandId"], fields["expiresS"] = struct.unpack_from("<IH", payload, 0)
        fields.update(_command(opened, payload))
    elif name == "CONFIG":
        fields["configVersion"] = struct.unpack_from("<H", payload, 0)[0]
        fields["settings"] = [{"key": k, "valueHex": v1._hex(v)} for k, v in settings(opened)]
    elif name == "TIME_SYNC":
        fields["unixMs"] = struct.unpack_from("<Q", payload, 0)[0]
    elif name == "REKEY":
        fields["newKeyNo"], fields["newKey"] = payload[0], v1._hex(payload[1:17])
    elif name == "PAIR_ACCEPT":
        fields["challenge"] = v1._hex(payload[:8])
        fields["newLeafId"], fields["newKeyNo"] = struct.unpack_from("<HB", payload, 8)
        fields["newKey"] = v1._hex(payload[11:27])
    elif name == "ACK":
        names = ("ackEpoch", "ackSequence", "seenBefore")
        fields.update(zip(names, struct.unpack_from("<IHI", payload, 0)))
    elif name != "WAKE":
        fields["payloadHex"] = v1._hex(payload)
    return fields


def _command(opened, payload):
    name = _COMMAND_NAMES.get(payload[6])
    if name is None:
        return {"command": payload[6], "argsHex": v1._hex(payload[8 : 8 + payload[7]])}
    field = frame_types.COMMAND_ARGS[name][1]
    arg = command_arg(opened)
    return {"command": name, "args": {field: arg != 0 if field == "on" else arg} if field else {}}


def _outcome(code):
    return _OUTCOME_NAMES.get(code) or "unknown_0x%02x" % code


# Payloads of what a leaf sends.


def group(age_ms, pairs):
    """pairs: (channel code, finite value). A report is one or more groups."""
    payload = bytearray(5 + 5 * len(pairs))
    struct.pack_into("<IB", payload, 0, age_ms, len(pairs))
    for n, (channel, value) in enumerate(pairs):
        struct.pack_into("<Bf", payload, 5 + 5 * n, channel, value)
    return payload


def beat(battery_mv, uptime_s, waiting, dropped, config_version):
    return struct.pack("<HIHHH", battery_mv, uptime_s, waiting, dropped, config_version)


def register(hardware, flags, firmware, config_version, capabilities):
    head = struct.pack("<BBHHB", hardware, flags, firmware, config_version, len(capabilities))
    return head + bytes(capabilities)


def result(command_id, outcome):
    return struct.pack("<IB", command_id, outcome)


def pairing_key(install_code):
    return Key(install_code).encrypt(wire.PAIRING_LABEL)


def fleet_install_code(fleet_secret, eui):
    return Key(fleet_secret).encrypt(bytes(eui) + bytes(8))


def _by_code(table):
    return {code: name for name, code in table.items()}


_TYPE_NAMES = _by_code(wire.SEALED_TYPES)
_OUTCOME_NAMES = _by_code(wire.OUTCOMES)
_COMMAND_NAMES = _by_code(frame_types.COMMANDS)
_LEAST = {
    code: getattr(wire, "SEALED_PAYLOAD_BYTES_" + name) for name, code in wire.SEALED_TYPES.items()
}
