/*
 * An RP2040 in virtual time, behind targets/shims/pico-sdk: it runs a main() as it is, with sensors,
 * a UART to a hub, and a flash that keeps what was written when the power went.
 */
#ifndef SIM_RP2040_H
#define SIM_RP2040_H

#include "sim_sensors.h"

#define SIM_CUTS_MAX 512

typedef struct sim_rp2040 sim_rp2040;

struct sim_rp2040 {
  uint64_t now_us;
  uint64_t end_us;
  /* The power goes at each of these, rising; a boot follows. */
  uint64_t cuts_us[SIM_CUTS_MAX];
  size_t cuts_count, cuts_at;
  void (*on_frame)(sim_rp2040 *sim, const uint8_t *frame, size_t length);

  sim_sensors sensors;
  bool relay;
  uint16_t duty;
  uint32_t boots, notes;
  uint32_t drawn;
};

/* The flash is as another program left it. */
void sim_rp2040_run(sim_rp2040 *sim, int (*program)(void));

/* To the leaf, by the UART. */
void sim_rp2040_say(const uint8_t *frame, size_t length);

#endif
