/*
 * An ESP32 in virtual time, behind targets/shims/esp-idf: it runs an app_main() as it is, boots it
 * anew after each deep sleep with only RTC memory kept, and has NVS, sensors, a radio and a UART.
 */
#ifndef SIM_ESP32_H
#define SIM_ESP32_H

#include "sim_sensors.h"

/* Notes of one kind, in NVS. */
#define SIM_NVS_BYTES 256
#define SIM_CUTS_MAX 128

/* A second of what a hundred leaves send. */
#define SIM_EVENTS_MAX 512

typedef struct sim_esp32 sim_esp32;

struct sim_esp32 {
  uint64_t now_us;
  uint64_t end_us;
  /* What happens: a frame for the leaf, or someone moves for a while. */
  struct {
    uint64_t at_us;
    uint64_t motion_us;
    /* The last byte of the sender's address. */
    uint8_t from;
    uint8_t length;
    uint8_t frame[250];
  } events[SIM_EVENTS_MAX];
  size_t events_count;
  /* What the leaf sends: a frame of ESP-NOW, or bytes of the UART. */
  void (*on_frame)(sim_esp32 *sim, const uint8_t *frame, size_t length);
  void (*on_stream)(sim_esp32 *sim, const uint8_t *bytes, size_t length);
  /* To whom the frame goes that on_frame is called with. */
  uint8_t sent_to[6];
  /* A gateway's datagrams; what comes back lies in `stream`, one at a time. */
  void (*on_datagram)(sim_esp32 *sim, const uint8_t *bytes, size_t length);
  bool joined;
  /* What comes in by the UART. */
  uint8_t stream[2048];
  size_t stream_at, stream_filled;

  /* The power goes at each of these, rising; a boot follows, with NVS alone. */
  uint64_t cuts_us[SIM_CUTS_MAX];
  size_t cuts_count, cuts_at;
  uint8_t nvs[SIM_NVS_BYTES];
  size_t nvs_length;
  uint32_t nvs_writes;
  uint8_t drawn;

  sim_sensors sensors;
  int battery_raw;
  bool relay;
  uint32_t duty;
  int64_t unix_s;
  uint32_t boots;
  uint64_t slept_us;
  uint32_t deaf;
};

/* Runs `app` until `end_us`; may be called again with a later one only from power-on. */
void sim_esp32_run(sim_esp32 *sim, void (*app)(void));

/* False when the table of events is full. */
bool sim_esp32_deliver(sim_esp32 *sim, uint64_t at_us, const uint8_t *frame, size_t length);
bool sim_esp32_move(sim_esp32 *sim, uint64_t at_us, uint64_t for_us);

#endif
