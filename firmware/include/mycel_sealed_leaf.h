/*
 * A leaf of wire v2 on any board: pairs, registers, reports sealed, keeps what its hub did not get, runs
 * each command once. WIRE.md says why. No heap and no I/O of its own, as mycel_leaf.h.
 *
 *   not paired --PAIR_REQUEST--> paired, away --REGISTER or HEARTBEAT, answered--> reporting
 *                                   ^                                                 |
 *                                   +------------ a heartbeat is not answered --------+
 */
#ifndef MYCEL_SEALED_LEAF_H
#define MYCEL_SEALED_LEAF_H

#include "mycel_leaf.h"
#include "mycel_sealed.h"

/*
 * Measurements that wait for their answer, and readings in one; a board with other RAM takes others. On
 * an AVR of 2 KB the leaf takes 900 bytes with these.
 */
#ifndef MYCEL_KEPT
#ifdef __AVR__
#define MYCEL_KEPT 4
#define MYCEL_KEPT_READINGS 4
#else
#define MYCEL_KEPT 40
#define MYCEL_KEPT_READINGS 8
#endif
#endif

/* A registration of 92 capabilities. */
#define MYCEL_ASK_BYTES_MAX 120

/*
 * What a restart must not take back. The board writes it as a whole or not at all (two places and a CRC,
 * or a file system that renames).
 */
typedef struct {
  uint32_t epoch;
  /* Counter of the hub's last frame, as of this note. */
  uint32_t hub_epoch;
  uint16_t hub_sequence;
  uint16_t leaf_id;
  /* 0: none. `before` is the key before, until the hub was heard under the new one. */
  uint8_t key_no;
  uint8_t before_no;
  uint8_t key[MYCEL_SEALED_KEY_BYTES];
  uint8_t before[MYCEL_SEALED_KEY_BYTES];
  /* The highest command, and what became of it. */
  uint32_t command_id;
  uint8_t command_outcome;
  uint8_t has_command;
  /* Settings of 0 are those of the build. */
  uint16_t config_version;
  uint16_t interval_s;
  uint16_t heartbeat_every;
} mycel_leaf_state;

typedef struct {
  /* `measure`, `battery_mv` and `send` as in mycel_leaf.h; all get the board's context. */
  mycel_board board;
  uint8_t eui[MYCEL_SEALED_EUI_BYTES];
  uint8_t install_code[MYCEL_SEALED_KEY_BYTES];
  uint8_t flags;
  uint16_t firmware;
  /* False, and nothing is written to `state`, on a board that is new. */
  bool (*load)(void *context, mycel_leaf_state *state);
  /* True when it is safe from a loss of power. */
  bool (*save)(void *context, const mycel_leaf_state *state);
  /* From the chip's generator: it must not come again after a restart. */
  void (*random)(void *context, uint8_t *bytes, size_t length);
} mycel_sealed_board;

typedef struct {
  uint32_t at_ms;
  /* The low 32 bits of epoch and sequence of the frame that carried it last. */
  uint32_t counter;
  uint8_t key_no;
  uint8_t state;
  uint8_t count;
  uint8_t channels[MYCEL_KEPT_READINGS];
  float values[MYCEL_KEPT_READINGS];
} mycel_kept;

typedef struct {
  const mycel_sealed_board *board;
  mycel_leaf_state state;
  mycel_key key;
  uint16_t sequence;
  /* No frame goes out while a note could not be made. */
  bool silent;
  bool registered, away, asking, pairing;
  uint8_t challenge[MYCEL_SEALED_CHALLENGE_BYTES];
  uint32_t interval_ms, build_interval_ms;
  uint32_t clock_ms, uptime_ms, uptime_s, wait_ms, sleep_ms, answer_ms;
  uint8_t reports;
  /* Counters, low 32 bits. */
  uint32_t asked, last_ask;
  uint8_t ask[MYCEL_ASK_BYTES_MAX];
  uint8_t ask_length;
  uint32_t command_ids[MYCEL_SEALED_COMMAND_MEMORY];
  uint8_t command_outcomes[MYCEL_SEALED_COMMAND_MEMORY];
  uint8_t command_count;
  uint32_t command_floor;
  bool has_floor;
  uint16_t kept_first, kept_count;
  /* Measurements without room, whose frame nobody has answered. */
  uint16_t dropped;
  mycel_kept kept[MYCEL_KEPT];
  uint8_t frame[MYCEL_SEALED_BYTES_MAX];
} mycel_sealed_leaf;

/* The jump of the epoch, noted before anything is sent. The first report is due at once. */
void mycel_sealed_leaf_start(mycel_sealed_leaf *leaf, const mycel_sealed_board *board,
                             uint32_t interval_ms, uint32_t now_ms);

/* Sends what is due. Returns how many ms may pass until the next call. */
uint32_t mycel_sealed_leaf_tick(mycel_sealed_leaf *leaf, uint32_t now_ms);

/* A frame from the hub. What is damaged, old, or not for this leaf is ignored. */
void mycel_sealed_leaf_receive(mycel_sealed_leaf *leaf, const uint8_t *frame, size_t length,
                               uint32_t now_ms);

#endif
