"""Lets a test on the host ask the MicroPython leaf, one text in and one text out.

Runs in MicroPython and in CPython 3: `python3 leaf_driver.py < questions`.
"""

import json

import frame
import frame_types as wire
import leaf
import sealed
import sealed_leaf
import stream


def answer(line):
    """hex -> the fault, or the frame's fields and the bytes that encoding them again gives."""
    data = bytes(int(line[i : i + 2], 16) for i in range(0, len(line), 2))
    fault = frame.check(data)
    if fault:
        return json.dumps({"fault": fault})
    fields = frame.decode(data)
    return json.dumps({"frame": fields, "again": frame._hex(_again(data, fields))})


def _again(data, fields):
    kind, leaf_id = fields["type"], fields["leafId"]
    if kind == "SENSOR_REPORT":
        return frame.report(leaf_id, list(frame.readings(data)))
    if kind == "HEARTBEAT":
        return frame.heartbeat(leaf_id, fields["batteryMv"], fields["uptimeS"])
    if kind == "WAKE_NOTIFY":
        return frame.wake_notify(leaf_id, fields["wokenLeafId"])
    if kind == "REGISTER":
        return frame.register(leaf_id, data[4], data[6 : 6 + data[5]])
    if kind == "ACK":
        return frame.ack(leaf_id)
    return frame.make(data[2], leaf_id, _payload(data, fields))


def _payload(data, fields):
    """Of the types that a leaf never sends."""
    if "args" in fields:
        width = wire.COMMAND_ARGS[fields["command"]][0]
        arg = 1 if fields["args"].get("on") else frame.command_arg(data)
        return bytes([data[4], width] + [arg >> (8 * i) & 0xFF for i in range(width)])
    if "argsHex" in fields:
        return data[4 : 6 + data[5]]
    if "unixS" in fields:
        return data[4:8]
    return data[4:-1] if "payloadHex" in fields else b""


def split(line):
    """hex of a stream -> the frames in it, and what was refused."""
    splitter = stream.Splitter()
    data = bytes(int(line[i : i + 2], 16) for i in range(0, len(line), 2))
    frames = splitter.feed(data[: len(data) // 2]) + splitter.feed(data[len(data) // 2 :])
    return json.dumps({"frames": [frame._hex(one) for one in frames], "refused": splitter.refused})


def to_stream(line):
    return frame._hex(stream.to_stream(bytes(int(line[i : i + 2], 16) for i in range(0, len(line), 2))))


def _bytes(text):
    return bytes(int(text[i : i + 2], 16) for i in range(0, len(text), 2))


def answer_sealed(line):
    """key, space, hex -> the fault, or the frame's fields and what sealing them again gives."""
    key_hex, _, text = line.partition(" ")
    key, data = sealed.Key(_bytes(key_hex)), _bytes(text)
    fault = sealed.check(data)
    opened = None if fault else sealed.open_frame(key, data)
    fault = fault or ("badTag" if opened is None else sealed.check_opened(opened))
    if fault:
        return json.dumps({"fault": fault})
    again = sealed.seal(key, *sealed.header(opened), _sealed_payload(opened))
    return json.dumps({"frame": sealed.decode(opened), "again": frame._hex(again)})


def _sealed_payload(opened):
    """Of what a leaf sends, by its writers; of all else, as it came."""
    fields, payload = sealed.decode(opened), opened[13:]
    kind = fields["type"]
    if kind == "REPORT":
        return b"".join(bytes(sealed.group(age, pairs)) for age, pairs in sealed.groups(opened))
    if kind == "HEARTBEAT":
        names = ("batteryMv", "uptimeS", "waiting", "dropped", "configVersion")
        return sealed.beat(*[fields[name] for name in names])
    if kind == "REGISTER":
        count = payload[6]
        rest = fields["flags"], fields["firmware"], fields["configVersion"], payload[7 : 7 + count]
        return sealed.register(payload[0], *rest)
    if kind == "RESULT":
        each = range(0, len(payload), 5)
        return b"".join(
            sealed.result(fields["results"][at // 5]["commandId"], payload[at + 4]) for at in each
        )
    return payload


def ccm(line):
    """key nonce clear text tagBytes, hex -> what is sealed, and whether it opens again."""
    key_hex, nonce, clear, text, tag_bytes = line.split(" ")
    key, nonce, clear, text = sealed.Key(_bytes(key_hex)), _bytes(nonce), _bytes(clear), _bytes(text)
    out, tag = sealed.ccm(key, nonce, clear, text, int(tag_bytes), False)
    again = sealed.ccm(key, nonce, clear, out, int(tag_bytes), True)
    expect((bytes(again[0]), again[1]), (text, tag))
    return frame._hex(out) + frame._hex(tag)


class Board:
    hardware = wire.HARDWARES["pico"]
    capabilities = [wire.CHANNELS["temperature"], wire.ACTUATORS["relay"]]

    def __init__(self):
        self.seen = []
        self.second = None

    def measure(self):
        yield wire.CHANNELS["temperature"], 22.5
        yield wire.CHANNELS["humidity"], self.second

    def battery_mv(self):
        return 3300

    def set_state(self, on):
        self.seen.append(on)

    def set_pwm(self, duty):
        self.seen.append(duty)

    def set_clock(self, unix_s):
        self.seen.append(unix_s)


class Radio:
    def __init__(self):
        self.sent = []
        self.inbox = []
        self.broken = False

    def send(self, data):
        if self.broken:
            raise OSError("no such peer")
        self.sent.append(frame._hex(data))

    def receive(self):
        return self.inbox.pop(0) if self.inbox else None

    def take(self):
        sent, self.sent = self.sent, []
        return sent


REPORT = "5301010701010000b441a1"
ACK = "5301fe07ab"


def leafs_day(_=""):
    """What test_frame.c asks of the C leaf. Gives "ok", or fails."""
    board, radio = Board(), Radio()
    t = leaf.TICKS_MASK - 1500  # the ticks run over in the midst of it
    one = leaf.Leaf(7, board, radio, 1000, t)
    expect(radio.take(), ["5301040704020180d6"])
    expect(one.tick(t), 1000)
    expect(radio.take(), [REPORT, "53010207e40c00000000bf"])
    expect(one.tick(t + 999), 1)
    expect(radio.take(), [])
    for second in range(1, 7):
        one.tick((t + second * 1000) & leaf.TICKS_MASK)
    expect(radio.take(), [REPORT] * 6 + ["53010207e40c06000000b9"])

    def hear(now, *frames):
        radio.inbox.extend(frames)
        return one.tick((t + now) & leaf.TICKS_MASK)

    def command(name, arg=0, leaf_id=7):
        code, width = wire.COMMANDS[name], wire.COMMAND_ARGS[name][0]
        args = [arg >> (8 * i) & 0xFF for i in range(width)]
        return frame.make(wire.MESSAGES["COMMAND"], leaf_id, bytes([code, width] + args))

    hear(6100, command("set_state", 1), command("set_pwm", 512))
    expect(radio.take(), [ACK, ACK])
    expect(board.seen, [True, 512])
    unknown = frame.make(wire.MESSAGES["COMMAND"], 7, bytes([77, 0]))
    hear(6100, command("set_state", 0, 8), unknown, command("set_interval", 0))
    expect(radio.take(), [])
    expect(board.seen, [True, 512])
    expect(hear(6200, command("read_now")), 1000)
    expect(radio.take(), [ACK, REPORT])
    expect(hear(6300, command("set_interval", 30)), 30000)
    expect(radio.take(), [ACK])
    expect(hear(6300, command("deep_sleep", 60000)), 60000)
    expect(hear(7000, command("read_now")), 59300)
    expect(radio.take(), [ACK])
    hear(66300)
    expect(radio.take(), ["530103070751", REPORT])
    hear(66400, frame.make(wire.MESSAGES["TIME_SYNC"], 7, b"\x00\xbb\x8f\x69"))
    expect(board.seen[-1], 1771027200)
    hear(66400, frame.make(wire.MESSAGES["WAKE"], 7))
    expect(radio.take(), [REPORT])
    board.second = float("nan")
    hear(66500, command("read_now"))
    expect(radio.take(), [ACK, REPORT])
    hear(66600, b"\x53\x01", b"", command("reset"))
    expect(radio.take()[:2], [ACK, "5301040704020180d6"])
    radio.broken = True
    hear(66700, command("read_now"))
    radio.broken = False
    expect(one.lost, 2)
    expect(radio.take(), [])
    return "ok"


class SealedBoard:
    """Measures 1, 2, 3 ... and a NaN, as test/sealed_leaf_driver.c does; keeps one note."""

    hardware = wire.HARDWARES["esp32"]
    channels = wire.CHANNELS
    capabilities = [channels["temperature"], channels["humidity"], wire.ACTUATORS["relay"]]
    eui = b"\x02\x00\x00\x00\x00\x00\x00\x07"
    install_code = sealed.fleet_install_code(bytes(range(16)), eui)

    def __init__(self):
        self.said = []
        self.note = None
        self.fails = False
        self.measured = 0
        self.drawn = 0

    def measure(self):
        self.measured += 1
        return [(self.channels["temperature"], self.measured), (self.channels["humidity"], float("nan"))]

    def battery_mv(self):
        return 3300

    def set_state(self, on):
        self.said.append("did set_state %d" % on)

    def set_clock(self, unix_s):
        self.said.append("did set_clock %d" % unix_s)

    def load(self):
        return dict(self.note) if self.note else None

    def save(self, state):
        if self.fails:
            raise OSError("flash is worn out")
        self.note = state

    def random(self, count):
        self.drawn += count
        return bytes((self.drawn + n) & 0xFF for n in range(count))


_sealed = {}


def act(line):
    """A line of sealed_leaf_driver.c; its answer's lines with commas between. `new`: a new board."""
    verb, _, rest = line.partition(" ")
    if verb == "new":
        board, radio = SealedBoard(), Radio()
        radio.send = lambda data: board.said.append("send " + frame._hex(data))
        _sealed["board"], _sealed["radio"] = board, radio
        return ""
    board, radio, wait_ms = _sealed["board"], _sealed["radio"], 0
    args = rest.split(" ")
    if verb == "start":
        one = sealed_leaf.SealedLeaf(board, radio, int(args[1]), int(args[0]))
        _sealed["leaf"] = one
    elif verb == "tick":
        wait_ms = _sealed["leaf"].tick(int(args[0]))
    elif verb == "hear":
        _sealed["leaf"]._pass_time(int(args[0]))
        _sealed["leaf"]._hear(_bytes(args[1]))
    elif verb == "fail":
        board.fails = args[0] == "1"
    said, board.said = board.said, []
    return ",".join(said + ["wait %d" % wait_ms])


def expect(got, wanted):
    if got != wanted:
        raise AssertionError("%r is not %r" % (got, wanted))


if __name__ == "__main__":
    import sys

    ask = {"answer_sealed": answer_sealed, "ccm": ccm, "answer": answer, "split": split, "to_stream": to_stream, "leafs_day": leafs_day}
    for question in sys.stdin:
        name, _, text = question.strip().partition(" ")
        print(ask[name](text))
