/** Bounds that all engines share. */

/** The longest text that anyone has read to an office. */
export const TEXT_LENGTH_MAX = 500;
/** Two minutes at 48 kHz, mono, 16 bits. */
export const SPEECH_BYTES_MAX = 12_000_000;
