# A leaf on an ESP32 or a Pico that runs MicroPython, over a UART. Adapt the pins, strike out what is not there.
import time

import dht
import frame_types as wire
import sensors
import stream
from leaf import Leaf
from machine import ADC, I2C, PWM, UART, Pin

LEAF_ID = 1
INTERVAL_MS = 30000

LINK = UART(1, 115200, tx=Pin(4), rx=Pin(5), timeout=0)
WIRES = I2C(0, scl=Pin(22), sda=Pin(21))
CO2 = UART(2, 9600, tx=Pin(26), rx=Pin(25), timeout=200)
RELAY = Pin(18, Pin.OUT)
DIMMER = PWM(Pin(19), freq=1000)
BATTERY = ADC(Pin(34))

SENSORS = [
    sensors.Sht31(WIRES),
    sensors.Bh1750(WIRES),
    sensors.Mhz19c(CO2),
    sensors.Dht22(dht.DHT22(Pin(15))),
    sensors.Pir(Pin(27, Pin.IN)),
]


class Board:
    hardware = wire.HARDWARES["esp32"]
    capabilities = [wire.CHANNELS[name] for name in ("temperature", "humidity", "illuminance", "co2", "motion")]
    capabilities += [wire.ACTUATORS["relay"], wire.ACTUATORS["pwm"]]

    def measure(self):
        return sensors.read_all(SENSORS)

    def battery_mv(self):
        # 16 bits over 3.3 V, from the middle of two equal resistors.
        return BATTERY.read_u16() * 3300 // 65535 * 2

    def set_state(self, on):
        RELAY.value(1 if on else 0)

    def set_pwm(self, duty):
        DIMMER.duty_u16(min(duty, 1023) * 64)


class Radio:
    def __init__(self):
        self._splitter = stream.Splitter()
        self._frames = []

    def send(self, frame):
        LINK.write(stream.to_stream(frame))

    def receive(self):
        if not self._frames:
            self._frames = self._splitter.feed(LINK.read() or b"")
        return self._frames.pop(0) if self._frames else None


Leaf(LEAF_ID, Board(), Radio(), INTERVAL_MS, time.ticks_ms()).run(time.ticks_ms, time.sleep_ms)
