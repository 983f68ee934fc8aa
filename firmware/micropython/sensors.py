"""Sensors for boards that run MicroPython; the drivers in C (drivers/) do the same.

Each has read(), a list of (channel code, value); a fault is a SensorFault with C's name for it. A
BME680 needs the C leaf.

    sensors = [Sht31(i2c), Bh1750(i2c), Mhz19c(uart), Pir(pin)]
    readings = read_all(sensors)

`i2c`, `uart` and `pin` are MicroPython's machine.I2C, machine.UART and machine.Pin.
"""

import frame_types as wire

_CHANNEL = wire.CHANNELS


class SensorFault(Exception):
    pass


def _sleep_ms(ms):
    import time

    time.sleep_ms(ms)


def _crc8(data):
    """Sensirion: polynomial 0x31, start 0xff. Check value 0x92 over 0xbe 0xef."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return crc


def _within(readings):
    """What the datasheet says cannot be measured is no reading."""
    for name, value, low, high in readings:
        if not low <= value <= high:
            raise SensorFault("outOfRange")
    return [(_CHANNEL[name], value) for name, value, _, _ in readings]


def _i2c(call, *args):
    try:
        return call(*args)
    except OSError:
        raise SensorFault("absent")


class Sht31:
    def __init__(self, i2c, address=0x44, sleep_ms=_sleep_ms):
        self._i2c, self._address, self._sleep_ms = i2c, address, sleep_ms

    def read(self):
        _i2c(self._i2c.writeto, self._address, b"\x24\x00")
        self._sleep_ms(16)
        data = _i2c(self._i2c.readfrom, self._address, 6)
        if _crc8(data[:2]) != data[2] or _crc8(data[3:5]) != data[5]:
            raise SensorFault("badCrc")
        celsius = -45 + 175 * (data[0] << 8 | data[1]) / 65535
        percent = 100 * (data[3] << 8 | data[4]) / 65535
        return _within([("temperature", celsius, -40, 125), ("humidity", percent, 0, 100)])


class Bh1750:
    def __init__(self, i2c, address=0x23, sleep_ms=_sleep_ms):
        self._i2c, self._address, self._sleep_ms = i2c, address, sleep_ms

    def read(self):
        _i2c(self._i2c.writeto, self._address, b"\x20")
        self._sleep_ms(180)
        data = _i2c(self._i2c.readfrom, self._address, 2)
        return _within([("illuminance", (data[0] << 8 | data[1]) / 1.2, 0, 54613)])


class Mhz19c:
    """The UART: 9600 baud, with a timeout of 200 ms. Means something a minute after power-on."""

    def __init__(self, uart):
        self._uart = uart

    def read(self):
        self._uart.read()
        self._uart.write(b"\xff\x01\x86\x00\x00\x00\x00\x00\x79")
        data = self._uart.read(9)
        if data is None or len(data) < 9:
            raise SensorFault("timeout")
        if data[0] != 0xFF or data[1] != 0x86:
            raise SensorFault("wrongDevice")
        if -sum(data[1:8]) & 0xFF != data[8]:
            raise SensorFault("badCrc")
        return _within([("co2", data[2] << 8 | data[3], 300, 10000)])


class Dht22:
    """Over MicroPython's own dht.DHT22, which knows the pulses and the checksum."""

    def __init__(self, dht):
        self._dht = dht

    def read(self):
        try:
            self._dht.measure()
        except OSError:
            raise SensorFault("timeout")
        except Exception:
            raise SensorFault("badCrc")
        celsius, percent = self._dht.temperature(), self._dht.humidity()
        return _within([("temperature", celsius, -40, 80), ("humidity", percent, 0, 100)])


class Pir:
    def __init__(self, pin):
        self._pin = pin

    def read(self):
        return [(_CHANNEL["motion"], 1 if self._pin.value() else 0)]


def read_all(sensors, faults=None):
    """A sensor with a fault costs its own readings only; `faults` counts them by name."""
    readings = []
    for sensor in sensors:
        try:
            readings.extend(sensor.read())
        except SensorFault as fault:
            if faults is not None:
                name = fault.args[0]
                faults[name] = faults.get(name, 0) + 1
    return readings
