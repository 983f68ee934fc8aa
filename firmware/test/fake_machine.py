"""MicroPython's `machine` (and `dht`) as far as targets/micropython/main.py needs it.

The leaf's main loop ends, as with Ctrl-C, when it has sent its first three frames.
"""

sent = []


class Pin:
    IN, OUT = 0, 1

    def __init__(self, number, mode=0):
        self.number = number

    def value(self, level=None):
        return 1


class I2C:
    _answers = {0x44: b"\xbe\xef\x92\xbe\xef\x92", 0x23: b"\x83\x90"}

    def __init__(self, bus, scl, sda):
        pass

    def writeto(self, address, data):
        pass

    def readfrom(self, address, length):
        return self._answers[address]


class UART:
    def __init__(self, number, baud, tx, rx, timeout):
        self._link = baud == 115200

    def write(self, data):
        if self._link:
            sent.append(data)
        if len(sent) == 3:
            raise KeyboardInterrupt

    def read(self, length=None):
        return b"\xff\x86\x02\x60\x47\x00\x00\x00\xd1" if length else None


class PWM:
    def __init__(self, pin, freq):
        pass


class ADC:
    def __init__(self, pin):
        pass

    def read_u16(self):
        return 32768


class DHT22:
    def __init__(self, pin):
        pass

    def measure(self):
        raise OSError(110)


def first_frames(_=""):
    """Runs main.py; the streams that it sent, in hex."""
    try:
        import main  # noqa: F401
    except KeyboardInterrupt:
        pass
    return " ".join("".join("%02x" % byte for byte in data) for data in sent)
