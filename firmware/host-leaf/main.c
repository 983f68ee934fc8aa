/*
 * The leaf of src/mycel_leaf.c as a process, for tests from end to end:
 *
 *   host-leaf --id 7 (--udp HOST:PORT | --serial PATH) [--every MS] [--count N] [--seed S]
 *
 * or, with a device's EUI in place of the id, the sealed leaf of src/mycel_sealed_leaf.c:
 *
 *   host-leaf --eui HEX (--install-code HEX | --fleet-secret HEX) [--state FILE] (--udp ... as above)
 *
 * Stops after N reports (0: never), or on SIGINT and SIGTERM, and then prints one line of JSON with
 * what it sent and did. Exit status: 0 done, 1 the link failed, 2 wrong usage.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link.h"
#include "memory.h"
#include "mycel_frame.h"
#include "mycel_leaf.h"
#include "mycel_sealed_leaf.h"

typedef struct {
  uint8_t id;
  uint32_t every_ms;
  unsigned long count;
  uint32_t seed;
  const char *udp;
  const char *serial;
  /* Of wire v2. */
  bool sealed, has_secret, has_code;
  uint8_t eui[MYCEL_SEALED_EUI_BYTES];
  uint8_t fleet_secret[MYCEL_SEALED_KEY_BYTES];
  uint8_t install_code[MYCEL_SEALED_KEY_BYTES];
  const char *state;
} leaf_options;

/* The emulated board: its link, its sensors' random walk, what was asked of it. */
typedef struct {
  host_link link;
  uint32_t random;
  float temperature, humidity, co2, illuminance;
  unsigned long sent[256];
  bool on;
  uint16_t duty;
  uint32_t unix_s;
  const char *state;
} host_board;

static volatile sig_atomic_t stopped;

static void stop(int signal) {
  (void)signal;
  stopped = 1;
}

static uint32_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

/* Marsaglia's xorshift32: a number in -1..1. */
static float swing(host_board *board) {
  board->random ^= board->random << 13;
  board->random ^= board->random >> 17;
  board->random ^= board->random << 5;
  return (float)((double)board->random / 2147483648.0 - 1.0);
}

static float within(float value, float low, float high) {
  return value < low ? low : value > high ? high : value;
}

static size_t measure(void *context, uint8_t *channels, float *values, size_t max) {
  host_board *board = context;
  board->temperature = within(board->temperature + 0.1f * swing(board), 18, 27);
  board->humidity = within(board->humidity + 0.5f * swing(board), 25, 70);
  board->co2 = within(board->co2 + 10 * swing(board), 400, 1500);
  board->illuminance = within(board->illuminance + 20 * swing(board), 0, 900);
  const uint8_t codes[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_CHANNEL_HUMIDITY, MYCEL_CHANNEL_CO2,
                           MYCEL_CHANNEL_ILLUMINANCE};
  const float measured[] = {board->temperature, board->humidity, board->co2, board->illuminance};
  const size_t count = sizeof codes < max ? sizeof codes : max;
  memcpy(channels, codes, count);
  memcpy(values, measured, count * sizeof *values);
  return count;
}

static uint16_t battery_mv(void *context) {
  (void)context;
  return 3300;
}

static void send_frame(void *context, const uint8_t *frame, size_t length) {
  host_board *board = context;
  const bool sealed = frame[MYCEL_SEALED_AT_VERSION] == MYCEL_SEALED_VERSION;
  board->sent[sealed ? mycel_sealed_kind(frame) : mycel_frame_type(frame)]++;
  host_link_send(&board->link, frame, length);
}

static void set_state(void *context, bool on) { ((host_board *)context)->on = on; }

static void set_pwm(void *context, uint16_t duty) { ((host_board *)context)->duty = duty; }

static void set_clock(void *context, uint32_t unix_s) { ((host_board *)context)->unix_s = unix_s; }

static void receive(void *context, const uint8_t *frame, size_t length) {
  mycel_leaf_receive(context, frame, length, now_ms());
}

static void receive_sealed(void *context, const uint8_t *frame, size_t length) {
  mycel_sealed_leaf_receive(context, frame, length, now_ms());
}

static bool load(void *context, mycel_leaf_state *state) {
  return host_memory_load(((host_board *)context)->state, state);
}

static bool save(void *context, const mycel_leaf_state *state) {
  return host_memory_save(((host_board *)context)->state, state);
}

static void draw(void *context, uint8_t *bytes, size_t length) {
  (void)context;
  host_random(bytes, length);
}

static bool hex_bytes(const char *text, uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    unsigned value;
    if (strspn(text + 2 * i, "0123456789abcdefABCDEF") < 2) return false;
    if (sscanf(text + 2 * i, "%2x", &value) != 1) return false;
    bytes[i] = (uint8_t)value;
  }
  return text[2 * length] == '\0';
}

static bool number(const char *text, unsigned long max, unsigned long *value) {
  char *end;
  errno = 0;
  *value = strtoul(text, &end, 10);
  return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *value <= max;
}

static bool parse(int argc, char **argv, leaf_options *options) {
  unsigned long value;
  bool has_id = false;
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i];
    const char *text = argv[i + 1];
    if (text == NULL) return false;
    if (strcmp(name, "--udp") == 0) {
      options->udp = text;
    } else if (strcmp(name, "--serial") == 0) {
      options->serial = text;
    } else if (strcmp(name, "--id") == 0 && number(text, 255, &value)) {
      options->id = (uint8_t)value;
      has_id = true;
    } else if (strcmp(name, "--eui") == 0 && hex_bytes(text, options->eui, 8)) {
      options->sealed = true;
    } else if (strcmp(name, "--fleet-secret") == 0 && hex_bytes(text, options->fleet_secret, 16)) {
      options->has_secret = true;
    } else if (strcmp(name, "--install-code") == 0 && hex_bytes(text, options->install_code, 16)) {
      options->has_code = true;
    } else if (strcmp(name, "--state") == 0) {
      options->state = text;
    } else if (strcmp(name, "--every") == 0 && number(text, 65535000, &value) && value > 0) {
      options->every_ms = (uint32_t)value;
    } else if (strcmp(name, "--count") == 0 && number(text, 0xffffffff, &value)) {
      options->count = value;
    } else if (strcmp(name, "--seed") == 0 && number(text, 0xffffffff, &value)) {
      options->seed = (uint32_t)value;
    } else {
      return false;
    }
  }
  if (options->sealed == has_id) return false;
  if (options->sealed ? options->has_secret == options->has_code
                      : options->has_secret || options->has_code || options->state != NULL) {
    return false;
  }
  return (options->udp == NULL) != (options->serial == NULL);
}

int main(int argc, char **argv) {
  leaf_options options = {.every_ms = 1000, .seed = 1};
  if (!parse(argc, argv, &options)) {
    fputs("usage: host-leaf --id 0..255 (--udp HOST:PORT | --serial PATH)"
          " [--every MS] [--count N] [--seed S]\n"
          "       host-leaf --eui HEX (--install-code HEX | --fleet-secret HEX) [--state FILE] ...\n",
          stderr);
    return 2;
  }
  static host_board board = {.temperature = 22, .humidity = 45, .co2 = 600, .illuminance = 400};
  /* xorshift stays at 0 for ever, and begins too quietly near it. */
  board.random = (options.seed + 1u) * 2654435761u | 1u;
  const bool opened = options.udp != NULL ? host_link_open_udp(&board.link, options.udp)
                                          : host_link_open_serial(&board.link, options.serial);
  if (!opened) return 1;

  struct sigaction action = {0};
  action.sa_handler = stop;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);

  const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_CHANNEL_HUMIDITY,
                                  MYCEL_CHANNEL_CO2,         MYCEL_CHANNEL_ILLUMINANCE,
                                  MYCEL_ACTUATOR_RELAY,      MYCEL_ACTUATOR_PWM};
  const mycel_board functions = {
      .context = &board,
      .hardware = MYCEL_HARDWARE_ESP32,
      .capabilities = capabilities,
      .capability_count = sizeof capabilities,
      .measure = measure,
      .battery_mv = battery_mv,
      .send = send_frame,
      .set_state = set_state,
      .set_pwm = set_pwm,
      .set_clock = set_clock,
  };
  mycel_sealed_board sealed_board = {
      .board = functions, .firmware = 1, .load = load, .save = save, .random = draw};
  memcpy(sealed_board.eui, options.eui, sizeof options.eui);
  memcpy(sealed_board.install_code, options.install_code, sizeof options.install_code);
  if (options.has_secret) {
    mycel_fleet_install_code(sealed_board.install_code, options.fleet_secret, options.eui);
  }
  board.state = options.state;

  static mycel_leaf leaf;
  static mycel_sealed_leaf sealed_leaf;
  bool alive = true;
  if (options.sealed) {
    mycel_sealed_leaf_start(&sealed_leaf, &sealed_board, options.every_ms, now_ms());
  } else {
    mycel_leaf_start(&leaf, &functions, options.id, options.every_ms, now_ms());
  }
  /* The report's type is the same in both versions. */
  while (alive && !stopped) {
    const uint32_t wait_ms = options.sealed ? mycel_sealed_leaf_tick(&sealed_leaf, now_ms())
                                            : mycel_leaf_tick(&leaf, now_ms());
    if (options.count > 0 && board.sent[MYCEL_MESSAGE_SENSOR_REPORT] >= options.count) break;
    /* A second at most: a signal that comes just before the wait does not end it. */
    const int most_ms = wait_ms < 1000 ? (int)wait_ms : 1000;
    alive = options.sealed
                ? host_link_receive(&board.link, most_ms, receive_sealed, &sealed_leaf)
                : host_link_receive(&board.link, most_ms, receive, &leaf);
  }
  if (options.sealed) {
    printf("{\"pairRequests\":%lu,\"registers\":%lu,\"reports\":%lu,\"heartbeats\":%lu,"
           "\"results\":%lu,\"on\":%s,\"duty\":%d,\"unixS\":%lu,\"leafId\":%d,\"epoch\":%lu}\n",
           board.sent[MYCEL_SEALED_TYPE_PAIR_REQUEST], board.sent[MYCEL_SEALED_TYPE_REGISTER],
           board.sent[MYCEL_SEALED_TYPE_REPORT], board.sent[MYCEL_SEALED_TYPE_HEARTBEAT],
           board.sent[MYCEL_SEALED_TYPE_RESULT], board.on ? "true" : "false", board.duty,
           (unsigned long)board.unix_s, sealed_leaf.state.leaf_id,
           (unsigned long)sealed_leaf.state.epoch);
    if (!alive) fputs("host-leaf: the line was closed.\n", stderr);
    return alive ? 0 : 1;
  }
  printf("{\"registers\":%lu,\"reports\":%lu,\"heartbeats\":%lu,\"acks\":%lu,"
         "\"on\":%s,\"duty\":%d,\"unixS\":%lu}\n",
         board.sent[MYCEL_MESSAGE_REGISTER], board.sent[MYCEL_MESSAGE_SENSOR_REPORT],
         board.sent[MYCEL_MESSAGE_HEARTBEAT], board.sent[MYCEL_MESSAGE_ACK],
         board.on ? "true" : "false", board.duty, (unsigned long)board.unix_s);
  if (!alive) fputs("host-leaf: the line was closed.\n", stderr);
  return alive ? 0 : 1;
}
