/* Generated from firmware/wire by firmware/tools/generate.ts: do not edit. Names by code; NULL for an unknown one. */
#ifndef MYCEL_FRAME_NAMES_H
#define MYCEL_FRAME_NAMES_H

static const char *const message_names[256] = {
  [0x01] = "SENSOR_REPORT",
  [0x02] = "HEARTBEAT",
  [0x03] = "WAKE_NOTIFY",
  [0x04] = "REGISTER",
  [0x80] = "COMMAND",
  [0x81] = "CONFIG",
  [0x82] = "TIME_SYNC",
  [0xfe] = "ACK",
  [0xff] = "WAKE",
};

static const char *const channel_names[256] = {
  [0x01] = "temperature",
  [0x02] = "humidity",
  [0x03] = "pressure",
  [0x04] = "co2",
  [0x05] = "illuminance",
  [0x06] = "motion",
  [0x07] = "gas_resistance",
  [0x08] = "soil_moisture",
  [0x09] = "ph",
  [0x0a] = "ec",
  [0x0b] = "battery_mv",
  [0x0c] = "door",
  [0x0d] = "water_level",
  [0x0e] = "sound_level",
};

static const char *const actuator_names[256] = {
  [0x80] = "relay",
  [0x81] = "pwm",
  [0x82] = "neopixel",
};

static const char *const hardware_names[256] = {
  [0x01] = "esp32",
  [0x02] = "nrf54",
  [0x03] = "attiny",
  [0x04] = "pico",
};

static const char *const command_names[256] = {
  [0x01] = "set_state",
  [0x02] = "set_pwm",
  [0x03] = "read_now",
  [0x04] = "set_interval",
  [0x05] = "deep_sleep",
  [0x06] = "reset",
};

static const char *const sealed_type_names[256] = {
  [0x01] = "REPORT",
  [0x02] = "HEARTBEAT",
  [0x03] = "WAKE_NOTIFY",
  [0x04] = "REGISTER",
  [0x05] = "RESULT",
  [0x07] = "PAIR_REQUEST",
  [0x80] = "COMMAND",
  [0x81] = "CONFIG",
  [0x82] = "TIME_SYNC",
  [0x83] = "REKEY",
  [0x84] = "PAIR_ACCEPT",
  [0x86] = "ACK",
  [0xff] = "WAKE",
};

static const char *const outcome_names[256] = {
  [0x00] = "applied",
  [0x01] = "unknown_command",
  [0x02] = "bad_argument",
  [0x03] = "not_able",
  [0x04] = "expired",
  [0x05] = "stale",
};

static const char *const register_flag_names[256] = {
  [0x01] = "sleeps",
};

static const char *const config_names[256] = {
  [0x01] = "interval_s",
  [0x02] = "heartbeat_every",
};

static const char *const command_arg_names[256] = {
  [0x01] = "on",
  [0x02] = "duty",
  [0x03] = "",
  [0x04] = "intervalS",
  [0x05] = "sleepMs",
  [0x06] = "",
};

static const char *const fault_names[] = {
  "",
  "tooShort",
  "tooLong",
  "badMagic",
  "unsupportedVersion",
  "badChecksum",
  "truncatedPayload",
  "badValue",
  "badLength",
  "badTag",
};

#endif
