"""What a leaf does on any board that runs MicroPython; the C leaf (src/mycel_leaf.c) does the same.

    board.measure() --> report --> radio.send()      radio.receive() --> command, ACK

The board is an object with
    hardware, capabilities     codes of frame_types
    measure()                  an iterable of (channel code, value); None or NaN for no answer
    battery_mv()
and, where it has them,
    set_state(on)  set_pwm(duty)  set_clock(unix_s)
The radio has
    send(frame)                a frame that does not go out is lost; OSError is counted
    receive()                  the next frame that came, or None; never waits

`ticks_ms` and `sleep_ms` are MicroPython's `time.ticks_ms` and `time.sleep_ms`.
"""

import frame
import frame_types as wire

# A heartbeat with every sixth report, as deployed leaves do.
REPORTS_PER_HEARTBEAT = 6

# How often the radio is looked at while nothing is due.
POLL_MS = 50

# MicroPython's ticks run over at a period of the port's own; all are at least this.
TICKS_MASK = (1 << 29) - 1

_MESSAGE = wire.MESSAGES
_COMMAND = wire.COMMANDS


class Leaf:
    def __init__(self, leaf_id, board, radio, interval_ms, now_ms):
        self.id = leaf_id
        self.board = board
        self.radio = radio
        self.interval_ms = interval_ms
        self.lost = 0
        self._start(now_ms)

    def _start(self, now_ms):
        self._clock_ms = now_ms
        self._uptime_ms = 0
        self._wait_ms = 0
        self._sleep_ms = 0
        self._reports = 0
        self._send(frame.register(self.id, self.board.hardware, self.board.capabilities))

    def tick(self, now_ms):
        """Obeys what came and sends what is due; how many ms may pass until the next call."""
        self._pass_time(now_ms)
        self._listen()
        if self._sleep_ms:
            return self._sleep_ms
        if self._wait_ms == 0:
            self._report()
            self._wait_ms = self.interval_ms
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
        if self._sleep_ms:
            self._sleep_ms = max(0, self._sleep_ms - passed_ms)
            if not self._sleep_ms:
                self._wait_ms = 0
                self._send(frame.wake_notify(self.id, self.id))

    def _report(self):
        self._send(frame.report(self.id, self.board.measure()))
        if self._reports % REPORTS_PER_HEARTBEAT == 0:
            uptime_s = self._uptime_ms // 1000 & 0xFFFFFFFF
            self._send(frame.heartbeat(self.id, self.board.battery_mv(), uptime_s))
        self._reports += 1

    def _send(self, data):
        try:
            self.radio.send(data)
        except OSError:
            self.lost += 1

    def _listen(self):
        # At most 16 a tick, so that a flood cannot keep the leaf from reporting.
        for _ in range(16):
            data = self.radio.receive()
            if data is None:
                return
            if not self._sleep_ms and frame.check(data) is None and data[3] == self.id:
                self._obey(data)

    def _obey(self, data):
        kind = data[2]
        if kind == _MESSAGE["COMMAND"]:
            action = self._action(data)
            # Acknowledged before it is carried out; what this leaf cannot do gets no answer.
            if action:
                self._send(frame.ack(self.id))
                action()
        elif kind == _MESSAGE["WAKE"]:
            self._wait_ms = 0
        elif kind == _MESSAGE["TIME_SYNC"] and hasattr(self.board, "set_clock"):
            self.board.set_clock(frame.decode(data)["unixS"])

    def _action(self, data):
        command = data[4]
        if command not in _COMMAND.values():
            return None
        arg = frame.command_arg(data)
        if command == _COMMAND["set_state"] and hasattr(self.board, "set_state"):
            return lambda: self.board.set_state(arg != 0)
        if command == _COMMAND["set_pwm"] and hasattr(self.board, "set_pwm"):
            return lambda: self.board.set_pwm(arg)
        if command == _COMMAND["set_interval"] and arg:
            return lambda: self._set_interval(arg)
        if command == _COMMAND["deep_sleep"] and arg:
            return lambda: self._sleep(arg)
        if command == _COMMAND["read_now"]:
            return lambda: self._sleep(0)
        if command == _COMMAND["reset"]:
            return lambda: self._start(self._clock_ms)
        return None

    def _set_interval(self, seconds):
        self.interval_ms = self._wait_ms = seconds * 1000

    def _sleep(self, ms):
        """0 for awake, with a report due."""
        self._sleep_ms = ms
        self._wait_ms = 0
