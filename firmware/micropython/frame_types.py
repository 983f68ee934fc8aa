# Generated from firmware/wire by firmware/tools/generate.ts: do not edit.

FRAME_MAGIC = 83
FRAME_VERSION = 1
FRAME_HEADER_BYTES = 4
FRAME_CHECKSUM_BYTES = 1
FRAME_PAYLOAD_BYTES_MAX = 240
FRAME_BYTES_MIN = 5
FRAME_BYTES_MAX = 245
FRAME_READINGS_MAX = 47
FRAME_READING_BYTES = 5
FRAME_CAPABILITIES_MAX = 238
FRAME_ARG_BYTES_MAX = 238
AT_MAGIC = 0
AT_VERSION = 1
AT_TYPE = 2
AT_LEAF_ID = 3
AT_PAYLOAD = 4
STREAM_CRC_POLYNOMIAL = 4129
STREAM_CRC_START = 65535
STREAM_CRC_CHECK = 10673
STREAM_CRC_BYTES = 2
STREAM_DELIMITER = 0
STREAM_FRAME_BYTES_MAX = 250
STREAM_BYTES_MAX = 254

MESSAGES = {
    "SENSOR_REPORT": 0x01,
    "HEARTBEAT": 0x02,
    "WAKE_NOTIFY": 0x03,
    "REGISTER": 0x04,
    "COMMAND": 0x80,
    "CONFIG": 0x81,
    "TIME_SYNC": 0x82,
    "ACK": 0xfe,
    "WAKE": 0xff,
}

CHANNELS = {
    "temperature": 0x01,
    "humidity": 0x02,
    "pressure": 0x03,
    "co2": 0x04,
    "illuminance": 0x05,
    "motion": 0x06,
    "gas_resistance": 0x07,
    "soil_moisture": 0x08,
    "ph": 0x09,
    "ec": 0x0a,
    "battery_mv": 0x0b,
    "door": 0x0c,
    "water_level": 0x0d,
    "sound_level": 0x0e,
}

ACTUATORS = {
    "relay": 0x80,
    "pwm": 0x81,
    "neopixel": 0x82,
}

HARDWARES = {
    "esp32": 0x01,
    "nrf54": 0x02,
    "attiny": 0x03,
    "pico": 0x04,
}

COMMANDS = {
    "set_state": 0x01,
    "set_pwm": 0x02,
    "read_now": 0x03,
    "set_interval": 0x04,
    "deep_sleep": 0x05,
    "reset": 0x06,
}

# Bytes of a command's argument, and its name in JSON.
COMMAND_ARGS = {
    "set_state": (1, "on"),
    "set_pwm": (2, "duty"),
    "read_now": (0, None),
    "set_interval": (2, "intervalS"),
    "deep_sleep": (4, "sleepMs"),
    "reset": (0, None),
}
