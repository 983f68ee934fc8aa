"""What the MicroPython drivers make of a sensor's bytes: a fault, or {channel: value}.

Runs in MicroPython and in CPython 3.
"""

import json

import frame_types as wire
import sensors


class Bus:
    """machine.I2C, machine.UART or machine.Pin that gives the same bytes, whatever it is asked."""

    def __init__(self, data):
        self._data = data
        self.written = []

    def writeto(self, address, data):
        self.written.append((address, bytes(data)))

    def readfrom(self, address, length):
        if not self._data:
            raise OSError(5)
        return self._data

    def write(self, data):
        self.written.append(data)

    def read(self, length=None):
        return self._data if length else b""

    def value(self):
        return self._data[0]


def sensor(line):
    name, _, text = line.partition(" ")
    bus = Bus(bytes(int(text[i : i + 2], 16) for i in range(0, len(text), 2)))
    kinds = {
        "sht31": lambda: sensors.Sht31(bus, sleep_ms=lambda ms: None),
        "bh1750": lambda: sensors.Bh1750(bus, sleep_ms=lambda ms: None),
        "mhz19c": lambda: sensors.Mhz19c(bus),
        "pir": lambda: sensors.Pir(bus),
    }
    names = {code: channel for channel, code in wire.CHANNELS.items()}
    faults = {}
    readings = sensors.read_all([kinds[name]()], faults)
    if faults:
        return json.dumps({"fault": list(faults)[0]})
    return json.dumps({"values": {names[code]: value for code, value in readings}})
