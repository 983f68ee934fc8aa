"""A leaf of wire v2 on any board that runs MicroPython; src/mycel_sealed_leaf.c does the same.

The board is that of leaf.py, and has also
    eui, install_code          8 and 16 bytes
    load()                     what save() was given last, as a dict, or None on a new board
    save(state)                returns when it is safe from a loss of power; OSError: it is not
    random(count)              bytes that do not come again after a restart
"""

import sealed
import sealed_types as wire
from frame import _finite
from leaf import TICKS_MASK
import frame_types

_TYPE = wire.SEALED_TYPES
_COMMAND = frame_types.COMMANDS
_OUTCOME = wire.OUTCOMES
_ANSWER = wire.SEALED_ANSWER_BIT

ANSWER_MS = 3000
CATCH_UP_FRAMES_MAX = 4
REPORTS_PER_HEARTBEAT = 6
KEPT_MAX = 40
POLL_MS = 50
_NO_LEAF_ID = 0xFFFF


class SealedLeaf:
    def __init__(self, board, radio, interval_ms, now_ms):
        self.board = board
        self.radio = radio
        self.lost = 0
        self._build_interval_ms = interval_ms
        self._clock_ms = now_ms
        fresh = {"epoch": 0, "hub": -1, "leaf_id": _NO_LEAF_ID, "key_no": 0, "before_no": 0}
        fresh.update({"command": None, "config": 0, "interval_s": 0, "heartbeat_every": 0})
        self._state = board.load() or fresh
        self._hub = self._state["hub"]
        self._key = sealed.Key(self._state["key"]) if self._state["key_no"] else None
        command = self._state["command"]
        # The highest command alone; all below it that are not remembered are stale.
        self._outcomes = {command[0]: command[1]} if command else {}
        self._floor = command[0] if command else -1
        # Each [measured at, counter or None, key number, readings].
        self._kept = []
        self._dropped = 0
        self._begin()

    def _begin(self):
        """What a restart forgets, beside the clock."""
        self._interval_ms = self._state["interval_s"] * 1000 or self._build_interval_ms
        self._uptime_ms = self._wait_ms = self._sleep_ms = self._answer_ms = 0
        self._registered = False
        self._away = True
        self._asked = self._ask_frame = self._challenge = None
        self._reports = 0
        self._jump(self._state["epoch"] + 1)
        self._last_ask = self._counter()

    def _counter(self):
        return self._state["epoch"] << 16 | self._sequence

    def _note(self):
        self._state["hub"] = self._hub
        try:
            self.board.save(dict(self._state))
            self._silent = False
        except OSError:
            self._silent = True

    def _jump(self, epoch):
        self._state["epoch"] = epoch
        self._sequence = 0
        self._note()

    def _seal(self, kind, payload, key=None, key_no=0):
        """None while nothing may be sent: a note that failed is tried again before each frame."""
        if self._silent:
            self._note()
        if self._silent:
            return None
        state = self._state
        if key is None:
            key, key_no = self._key, state["key_no"]
        data = sealed.seal(
            key, kind, key_no, state["leaf_id"], state["epoch"], self._sequence, payload
        )
        if self._sequence == wire.SEALED_SEQUENCE_MAX:
            self._jump(state["epoch"] + 1)
        else:
            self._sequence += 1
        return data

    def _send(self, data):
        if data is None:
            return
        try:
            self.radio.send(data)
        except OSError:
            self.lost += 1

    def tick(self, now_ms):
        """Obeys what came and sends what is due; how many ms may pass until the next call."""
        self._pass_time(now_ms)
        # At most 16 a tick, so that a flood cannot keep the leaf from reporting.
        for _ in range(16):
            data = self.radio.receive()
            if data is None:
                break
            self._hear(data)
        if self._sleep_ms:
            return self._sleep_ms
        if self._wait_ms == 0:
            if self._state["key_no"]:
                self._report()
            else:
                self._pair()
            self._wait_ms = self._interval_ms
        return self._wait_ms

    def run(self, ticks_ms, sleep_ms):
        """For ever: a board's main.py ends with this."""
        while True:
            sleep_ms(min(self.tick(ticks_ms()), POLL_MS))

    def _pass_time(self, now_ms):
        passed_ms = (now_ms - self._clock_ms) & TICKS_MASK
        self._clock_ms = now_ms
        self._uptime_ms += passed_ms
        self._wait_ms = max(0, self._wait_ms - passed_ms)
        self._answer_ms = max(0, self._answer_ms - passed_ms)
        if self._sleep_ms:
            self._sleep_ms = max(0, self._sleep_ms - passed_ms)
            if not self._sleep_ms:
                self._wait_ms = 0
                if self._state["key_no"]:
                    leaf_id = self._state["leaf_id"]
                    woken = bytes([1, leaf_id & 0xFF, leaf_id >> 8])
                    self._send(self._seal(_TYPE["WAKE_NOTIFY"], woken))

    def _pair(self):
        self._challenge = self.board.random(wire.SEALED_CHALLENGE_BYTES)
        self._pairing = sealed.Key(sealed.pairing_key(self.board.install_code))
        payload = bytes(self.board.eui) + self._challenge
        self._send(self._seal(_TYPE["PAIR_REQUEST"], payload, self._pairing, 0))

    def _report(self):
        if len(self._kept) == KEPT_MAX:
            self._kept.pop(0)
            self._dropped = min(0xFFFF, self._dropped + 1)
        pairs = [(c, v) for c, v in self.board.measure() if v is not None and _finite(v)]
        self._kept.append([self._uptime_ms, None, 0, pairs[: wire.SEALED_READINGS_MAX]])
        if self._asked is not None and self._answer_ms == 0:
            self._away = True
        if self._away:
            self._ask()
        else:
            self._send_kept()

    def _unsent(self):
        return sum(1 for kept in self._kept if kept[1] is None)

    def _send_kept(self):
        for _ in range(CATCH_UP_FRAMES_MAX):
            # What the next answer would not reach back to waits for the last one.
            if not self._unsent() or self._counter() - self._last_ask > wire.SEALED_SEEN_FRAMES:
                break
            payload = bytearray()
            for kept in self._kept:
                room = wire.SEALED_PAYLOAD_BYTES_MAX - len(payload)
                if kept[1] is None and 5 + 5 * len(kept[3]) <= room:
                    payload.extend(sealed.group(self._uptime_ms - kept[0], kept[3]))
                    kept[1], kept[2] = self._counter(), self._state["key_no"]
            self._send(self._seal(_TYPE["REPORT"], payload))
            self._reports += 1
        every = self._state["heartbeat_every"] or REPORTS_PER_HEARTBEAT
        every = min(every, wire.SEALED_HEARTBEAT_EVERY_MAX)
        if self._reports >= every or len(self._kept) > KEPT_MAX // 2:
            self._ask()

    def _ask(self):
        """A frame that is to be answered; one that was not is sent again, byte for byte."""
        if self._asked is not None and self._answer_ms:
            return
        if self._asked is None:
            board, counter = self.board, self._counter()
            if self._registered:
                uptime_s = self._uptime_ms // 1000 & 0xFFFFFFFF
                left = self._unsent(), self._dropped, self._state["config"]
                payload = sealed.beat(board.battery_mv(), uptime_s, *left)
                data = self._seal(_TYPE["HEARTBEAT"] | _ANSWER, payload)
            else:
                config = self._state["config"]
                payload = sealed.register(board.hardware, 0, 1, config, board.capabilities)
                data = self._seal(_TYPE["REGISTER"] | _ANSWER, payload)
            if data is None:
                return
            self._asked = self._last_ask = counter
            self._ask_frame = data
            self._reports = 0
        self._answer_ms = ANSWER_MS
        self._send(self._ask_frame)

    def _ask_anew(self):
        self._asked = None
        self._ask()

    def _hear(self, data):
        if self._sleep_ms or sealed.check(data):
            return
        kind = sealed.kind_of(data)
        if kind == _TYPE["PAIR_ACCEPT"]:
            self._take_pair_accept(data)
            return
        opened = self._open(data) if kind >= wire.SEALED_HUB_BIT else None
        if opened is None:
            return
        if kind == _TYPE["ACK"]:
            self._take_answer(sealed.decode(opened))
        elif kind == _TYPE["COMMAND"]:
            self._obey(opened)
        elif kind == _TYPE["CONFIG"]:
            self._configure(opened)
        elif kind == _TYPE["REKEY"]:
            self._take_rekey(opened)
        elif kind == _TYPE["TIME_SYNC"] and hasattr(self.board, "set_clock"):
            self.board.set_clock(sealed.decode(opened)["unixMs"] // 1000)
        elif kind == _TYPE["WAKE"]:
            self._wait_ms = 0

    def _open(self, data):
        """None for what is not right under a key of this leaf, or not above the hub's last."""
        state = self._state
        _, key_no, leaf_id, epoch, sequence = sealed.header(data)
        counter = epoch << 16 | sequence
        if not key_no or leaf_id != state["leaf_id"] or counter <= self._hub:
            return None
        if key_no == state["key_no"]:
            key = self._key
        elif key_no == state["before_no"]:
            key = sealed.Key(state["before"])
        else:
            return None
        opened = sealed.open_frame(key, data)
        if opened is None or sealed.check_opened(opened):
            return None
        self._hub = counter
        if key is self._key and state["before_no"]:
            state["before_no"], state["before"] = 0, None
            self._note()
        return opened

    def _take_pair_accept(self, data):
        state = self._state
        if self._challenge is None or state["key_no"] or data[3] != 0:
            return
        opened = sealed.open_frame(self._pairing, data)
        if opened is None or sealed.check_opened(opened) or opened[23] == 0:
            return
        if opened[13:21] != self._challenge:
            return
        _, _, _, epoch, sequence = sealed.header(opened)
        self._challenge = None
        self._hub = epoch << 16 | sequence
        state["leaf_id"] = sealed.little(opened[21:23])
        self._take_key(opened[23], opened[24:40])
        self._ask_anew()

    def _take_key(self, key_no, key):
        self._state["key_no"], self._state["key"] = key_no, bytes(key)
        self._key = sealed.Key(key)
        self._note()

    def _take_rekey(self, opened):
        """One of the number in force that came under it changes nothing: it was sent again."""
        state, under, key_no = self._state, opened[3], opened[13]
        if key_no and key_no != under:
            if under == state["key_no"]:
                state["before_no"], state["before"] = under, state["key"]
            self._take_key(key_no, opened[14:30])
        # The first frame under the new key tells the hub that it has arrived.
        self._ask_anew()

    def _take_answer(self, ack):
        counter = ack["ackEpoch"] << 16 | ack["ackSequence"]
        is_above = counter >= self._counter()
        left = []
        for kept in self._kept:
            if kept[1] is not None and kept[1] <= counter:
                back = counter - 1 - kept[1]
                known = 0 <= back < wire.SEALED_SEEN_FRAMES and kept[2] == ack["keyNo"]
                if is_above or not known or ack["seenBefore"] >> back & 1:
                    continue
                kept[1] = None
            left.append(kept)
        self._kept = left
        if is_above:
            # The hub refuses all up to there: what it was asked has to be asked again.
            self._jump(ack["ackEpoch"] + 1)
            self._last_ask = self._counter()
            self._ask_anew()
            return
        if counter != self._asked:
            return
        self._asked = None
        self._registered = True
        if self._away:
            self._away = False
            # So that the next answer reaches back to all that was sent since this question.
            self._ask()
            self._send_kept()

    def _configure(self, opened):
        state = self._state
        version = sealed.little(opened[13:15])
        # As sequence numbers are compared: the half below is older.
        if 0 < (version - state["config"] & 0xFFFF) < 0x8000:
            for key, data in sealed.settings(opened):
                value = sealed.little(data[:4])
                if not 0 < value <= 0xFFFF:
                    continue
                if key == wire.CONFIGS["interval_s"]:
                    state["interval_s"] = value
                    self._interval_ms = self._wait_ms = value * 1000
                elif key == wire.CONFIGS["heartbeat_every"]:
                    state["heartbeat_every"] = value
            state["config"] = version
            self._note()
        self._ask_anew()

    def _obey(self, opened):
        command_id, command = sealed.little(opened[13:17]), opened[19]
        arg = sealed.command_arg(opened)
        outcome = self._outcomes.get(command_id)
        is_new = outcome is None and command_id > self._floor
        if is_new:
            outcome = self._judge(command, arg)
            self._remember(command_id, outcome)
            # Noted before it is run: a leaf that loses its power in between runs it not at all.
            self._note()
            if self._silent:
                return
        elif outcome is None:
            outcome = _OUTCOME["stale"]
        self._send(self._seal(_TYPE["RESULT"], sealed.result(command_id, outcome)))
        if is_new and outcome == _OUTCOME["applied"]:
            self._carry_out(command, arg)

    def _judge(self, command, arg):
        if command == _COMMAND["set_state"] or command == _COMMAND["set_pwm"]:
            name = "set_state" if command == _COMMAND["set_state"] else "set_pwm"
            return _OUTCOME["applied" if hasattr(self.board, name) else "not_able"]
        if command == _COMMAND["set_interval"] or command == _COMMAND["deep_sleep"]:
            return _OUTCOME["applied" if arg else "bad_argument"]
        known = command == _COMMAND["read_now"] or command == _COMMAND["reset"]
        return _OUTCOME["applied" if known else "unknown_command"]

    def _remember(self, command_id, outcome):
        self._outcomes[command_id] = outcome
        if len(self._outcomes) > wire.SEALED_COMMAND_MEMORY:
            lowest = min(self._outcomes)
            del self._outcomes[lowest]
            self._floor = max(self._floor, lowest)
        highest = max(self._outcomes)
        self._state["command"] = (highest, self._outcomes[highest])

    def _carry_out(self, command, arg):
        if command == _COMMAND["set_state"]:
            self.board.set_state(arg != 0)
        elif command == _COMMAND["set_pwm"]:
            self.board.set_pwm(arg)
        elif command == _COMMAND["set_interval"]:
            self._interval_ms = self._wait_ms = arg * 1000
        elif command == _COMMAND["deep_sleep"]:
            self._sleep_ms = arg
        elif command == _COMMAND["read_now"]:
            self._wait_ms = 0
        else:
            self._begin()
