/**
 * Wire v1 (SensorSwarm): every number that a leaf and a hub must agree on. WIRE.md draws the frame;
 * `npm run generate` makes the C header and the MicroPython module of the same numbers from here.
 */

export const FRAME = {
  magic: 0x53,
  version: 1,
  /** magic, version, type, leaf id. */
  headerBytes: 4,
  checksumBytes: 1,
  payloadBytesMax: 240,
  bytesMin: 5,
  /** Header, 240 bytes of payload, checksum: fits ESP-NOW's 250. */
  bytesMax: 245,
  /** (240 - 1) / 5: a report's count byte, then 5 bytes a reading. */
  readingsMax: 47,
  readingBytes: 5,
  /** 240 less the hardware code and the count. */
  capabilitiesMax: 238,
  /** 240 less the command id and the argument's length. */
  argBytesMax: 238,
} as const;

/** Offsets within a frame; the payload starts at 4. */
export const AT = {
  magic: 0,
  version: 1,
  type: 2,
  leafId: 3,
  payload: 4,
} as const;

export const MESSAGE_TYPES = {
  SENSOR_REPORT: 0x01,
  HEARTBEAT: 0x02,
  WAKE_NOTIFY: 0x03,
  REGISTER: 0x04,
  COMMAND: 0x80,
  CONFIG: 0x81,
  TIME_SYNC: 0x82,
  ACK: 0xfe,
  WAKE: 0xff,
} as const;

/** The unit is what a value is counted in; v1 has float32 for all of them. */
export const CHANNELS = {
  temperature: { code: 0x01, unit: "°C" },
  humidity: { code: 0x02, unit: "%" },
  pressure: { code: 0x03, unit: "hPa" },
  co2: { code: 0x04, unit: "ppm" },
  illuminance: { code: 0x05, unit: "lx" },
  motion: { code: 0x06, unit: "0|1" },
  gas_resistance: { code: 0x07, unit: "Ω" },
  soil_moisture: { code: 0x08, unit: "%" },
  ph: { code: 0x09, unit: "pH" },
  ec: { code: 0x0a, unit: "µS/cm" },
  battery_mv: { code: 0x0b, unit: "mV" },
  door: { code: 0x0c, unit: "0|1" },
  water_level: { code: 0x0d, unit: "%" },
  sound_level: { code: 0x0e, unit: "dB" },
} as const;

/** What a leaf can do besides sensing; its sensors are capabilities by their channel's code. */
export const ACTUATORS = {
  relay: 0x80,
  pwm: 0x81,
  neopixel: 0x82,
} as const;

export const HARDWARE = {
  esp32: 1,
  nrf54: 2,
  attiny: 3,
  pico: 4,
} as const;

/** `field` is the argument's name in JSON and `bytes` its width, an unsigned little-endian integer. */
export const COMMANDS = {
  set_state: { id: 1, bytes: 1, field: "on" },
  set_pwm: { id: 2, bytes: 2, field: "duty" },
  read_now: { id: 3, bytes: 0, field: undefined },
  set_interval: { id: 4, bytes: 2, field: "intervalS" },
  deep_sleep: { id: 5, bytes: 4, field: "sleepMs" },
  reset: { id: 6, bytes: 0, field: undefined },
} as const;

/** In the order in which a decoder looks for them: the first that applies is the answer. */
export const FRAME_FAULTS = [
  "tooShort",
  "tooLong",
  "badMagic",
  "unsupportedVersion",
  "badChecksum",
  "truncatedPayload",
  "badValue",
] as const;

/** Framing on byte streams: COBS over frame and CRC-16/CCITT-FALSE, then one zero. */
export const STREAM = {
  crcPolynomial: 0x1021,
  crcStart: 0xffff,
  /** CRC of the ASCII digits "123456789". */
  crcCheck: 0x29b1,
  crcBytes: 2,
  delimiter: 0x00,
  /** Of wire v2: those of v1 have 245. */
  frameBytesMax: 250,
  /** A frame, its CRC, one COBS code byte (252 < 254) and the delimiter. */
  bytesMax: 254,
} as const;

export type MessageTypeName = keyof typeof MESSAGE_TYPES;
export type ChannelName = keyof typeof CHANNELS;
export type ActuatorName = keyof typeof ACTUATORS;
export type HardwareName = keyof typeof HARDWARE;
export type CommandName = keyof typeof COMMANDS;
export type FrameFault = (typeof FRAME_FAULTS)[number];
