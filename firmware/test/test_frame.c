/* Runs every vector through the C codec, whole and on a stream, and the leaf through its day. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "frame_json.h"
#include "mycel_frame.h"
#include "mycel_leaf.h"
#include "mycel_stream.h"
#include "vectors.h"

static int checks;
static int failures;

static void expect(int condition, const char *name, const char *got, const char *wanted) {
  checks++;
  if (condition) return;
  failures++;
  printf("FAILED %s\n  got    %s\n  wanted %s\n", name, got, wanted);
}

static void expect_text(const char *name, const char *got, const char *wanted) {
  expect(strcmp(got, wanted) == 0, name, got, wanted);
}

static void expect_number(const char *name, long got, long wanted) {
  char texts[2][24];
  snprintf(texts[0], sizeof texts[0], "%ld", got);
  snprintf(texts[1], sizeof texts[1], "%ld", wanted);
  expect(got == wanted, name, texts[0], texts[1]);
}

static void hex_of(const uint8_t *bytes, size_t length, char *hex) {
  *hex = '\0';
  for (size_t i = 0; i < length; i++) sprintf(hex + 2 * i, "%02x", bytes[i]);
}

/* Reads the frame's fields and writes them again. */
static size_t write_again(const uint8_t *frame, size_t length, uint8_t *again) {
  const uint8_t leaf_id = mycel_frame_leaf_id(frame);
  const uint8_t *payload = frame + MYCEL_AT_PAYLOAD;
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT: {
      uint8_t channels[MYCEL_FRAME_READINGS_MAX];
      float values[MYCEL_FRAME_READINGS_MAX];
      const size_t count = mycel_report_count(frame);
      for (size_t i = 0; i < count; i++) {
        channels[i] = mycel_report_channel(frame, i);
        values[i] = mycel_report_value(frame, i);
      }
      return mycel_write_report(again, leaf_id, channels, values, count);
    }
    case MYCEL_MESSAGE_HEARTBEAT:
      return mycel_write_heartbeat(again, leaf_id, mycel_heartbeat_battery_mv(frame),
                                   mycel_heartbeat_uptime_s(frame));
    case MYCEL_MESSAGE_WAKE_NOTIFY:
      return mycel_write_wake_notify(again, leaf_id, mycel_wake_notify_leaf_id(frame));
    case MYCEL_MESSAGE_REGISTER:
      return mycel_write_register(again, leaf_id, mycel_register_hardware(frame), payload + 2,
                                  mycel_register_capability_count(frame));
    case MYCEL_MESSAGE_COMMAND: {
      const uint8_t id = mycel_command_id(frame);
      const uint32_t arg = mycel_command_arg(frame);
      if (id == MYCEL_COMMAND_SET_STATE) {
        return mycel_write_command(again, leaf_id, id, arg != 0);
      }
      if (id >= MYCEL_COMMAND_SET_PWM && id <= MYCEL_COMMAND_RESET) {
        return mycel_write_command(again, leaf_id, id, arg);
      }
      return mycel_write_frame(again, MYCEL_MESSAGE_COMMAND, leaf_id, payload,
                               2 + (size_t)mycel_command_arg_length(frame));
    }
    case MYCEL_MESSAGE_TIME_SYNC:
      return mycel_write_time_sync(again, leaf_id, mycel_time_sync_unix_s(frame));
    case MYCEL_MESSAGE_ACK:
      return mycel_write_ack(again, leaf_id);
    case MYCEL_MESSAGE_WAKE:
      return mycel_write_frame(again, MYCEL_MESSAGE_WAKE, leaf_id, NULL, 0);
    default:
      return mycel_write_frame(
          again, mycel_frame_type(frame), leaf_id, payload,
          length - MYCEL_FRAME_HEADER_BYTES - MYCEL_FRAME_CHECKSUM_BYTES);
  }
}

static void test_vectors(void) {
  static uint8_t frame[1024], again[MYCEL_FRAME_BYTES_MAX];
  static char line[FRAME_JSON_MAX], hex[2048];
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    const size_t length = (size_t)bytes_of_hex(vectors[i].hex, frame, sizeof frame);
    frame_json(frame, length, line);
    expect_text(vectors[i].name, line, vectors[i].line);
    if (vectors[i].again == NULL) continue;
    hex_of(again, write_again(frame, length, again), hex);
    expect_text(vectors[i].name, hex, vectors[i].again);
  }
}

static void test_refusals_of_writers(void) {
  uint8_t frame[MYCEL_FRAME_BYTES_MAX];
  uint8_t codes[256] = {0};
  float values[MYCEL_FRAME_READINGS_MAX + 1] = {0};
  expect_number("47 readings", (long)mycel_write_report(frame, 1, codes, values, 47), 241);
  expect_number("48 readings", (long)mycel_write_report(frame, 1, codes, values, 48), 0);
  expect_number("238 capabilities", (long)mycel_write_register(frame, 1, 1, codes, 238), 245);
  expect_number("239 capabilities", (long)mycel_write_register(frame, 1, 1, codes, 239), 0);
  expect_number("240 bytes of payload", (long)mycel_write_frame(frame, 9, 1, codes, 240), 245);
  expect_number("241 bytes of payload", (long)mycel_write_frame(frame, 9, 1, codes, 241), 0);
  values[3] = NAN;
  expect_number("a NaN", (long)mycel_write_report(frame, 1, codes, values, 4), 0);
  values[3] = -INFINITY;
  expect_number("an infinity", (long)mycel_write_report(frame, 1, codes, values, 4), 0);
}

static mycel_stream_event feed(mycel_splitter *splitter, const uint8_t *bytes, size_t length) {
  mycel_stream_event event = MYCEL_STREAM_MORE;
  for (size_t i = 0; i < length; i++) event = mycel_splitter_feed(splitter, bytes[i]);
  return event;
}

static void test_stream(void) {
  expect_number("CRC check value", mycel_crc16((const uint8_t *)"123456789", 9),
                MYCEL_STREAM_CRC_CHECK);

  mycel_splitter splitter = {{0}, 0, 0, 0, false, false};
  static uint8_t frame[1024];
  uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  static char hex[2048];
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    const size_t length = (size_t)bytes_of_hex(vectors[i].hex, frame, sizeof frame);
    const size_t sent = mycel_to_stream(frame, length, stream);
    if (length == 0 || length > MYCEL_STREAM_FRAME_BYTES_MAX) {
      if (length > 0) expect_number(vectors[i].name, (long)sent, 0);
      continue;
    }
    expect_number(vectors[i].name, memchr(stream, 0, sent - 1) == NULL, 1);
    expect_number(vectors[i].name, feed(&splitter, stream, sent), MYCEL_STREAM_FRAME);
    hex_of(splitter.frame, splitter.length, hex);
    expect_text(vectors[i].name, hex, vectors[i].hex);
    stream[sent / 2] = (uint8_t)(stream[sent / 2] ^ 0x80);
    const mycel_stream_event damaged = feed(&splitter, stream, sent);
    expect_number("damage on the stream", damaged == MYCEL_STREAM_FRAME, 0);
  }

  const uint8_t example[] = {0x53, 1, 1, 1, 1, 1, 0, 0, 0xb4, 0x41, 0xa7};
  hex_of(stream, mycel_to_stream(example, sizeof example, stream), hex);
  expect_text("the stream of WIRE.md", hex, "075301010101010106b441a7a65a00");

  static uint8_t noise[10001];
  memset(noise, 0xff, sizeof noise - 1);
  noise[sizeof noise - 1] = 0;
  expect_number("10 000 bytes", feed(&splitter, noise, sizeof noise), MYCEL_STREAM_TOO_LONG);
  expect_number("two delimiters", feed(&splitter, noise + 10000, 1), MYCEL_STREAM_EMPTY);
  expect_number("a code alone", feed(&splitter, (const uint8_t *)"\x05", 2), MYCEL_STREAM_BAD_COBS);
  expect_number("one byte", feed(&splitter, (const uint8_t *)"\x02\x11", 3), MYCEL_STREAM_BAD_CRC);
}

/* A board that notes what is asked of it. */
static struct {
  char sent[4096];
  size_t readings;
  float second_value;
  int on;
  int duty;
  uint32_t unix_s;
} board_seen;

static size_t measure(void *context, uint8_t *channels, float *values, size_t max) {
  (void)context;
  (void)max;
  channels[0] = MYCEL_CHANNEL_TEMPERATURE;
  values[0] = 22.5f;
  channels[1] = MYCEL_CHANNEL_HUMIDITY;
  values[1] = board_seen.second_value;
  return board_seen.readings;
}

static uint16_t battery_mv(void *context) {
  (void)context;
  return 3300;
}

static void note_frame(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  strcat(board_seen.sent, *board_seen.sent == '\0' ? "" : " ");
  hex_of(frame, length, board_seen.sent + strlen(board_seen.sent));
}

static void note_state(void *context, bool on) {
  (void)context;
  board_seen.on = on;
}

static void note_pwm(void *context, uint16_t duty) {
  (void)context;
  board_seen.duty = duty;
}

static void note_clock(void *context, uint32_t unix_s) {
  (void)context;
  board_seen.unix_s = unix_s;
}

static void expect_sent(const char *name, const char *wanted) {
  expect_text(name, board_seen.sent, wanted);
  *board_seen.sent = '\0';
}

static void command(mycel_leaf *leaf, uint8_t leaf_id, uint8_t id, uint32_t arg, uint32_t now_ms) {
  uint8_t frame[MYCEL_FRAME_BYTES_MAX];
  mycel_leaf_receive(leaf, frame, mycel_write_command(frame, leaf_id, id, arg), now_ms);
}

#define REPORT "5301010701010000b441a1"
#define ACK "5301fe07ab"

static void test_leaf(void) {
  const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_ACTUATOR_RELAY};
  const mycel_board board = {NULL,    MYCEL_HARDWARE_PICO, capabilities, 2,          measure,
                             battery_mv, note_frame,       note_state,   note_pwm,   note_clock};
  mycel_leaf leaf;
  uint8_t frame[MYCEL_FRAME_BYTES_MAX];
  board_seen.readings = 1;
  /* The caller's clock runs over in the midst of it. */
  const uint32_t t = UINT32_MAX - 1500;

  mycel_leaf_start(&leaf, &board, 7, 1000, t);
  expect_sent("registers", "5301040704020180d6");
  expect_number("next report", (long)mycel_leaf_tick(&leaf, t), 1000);
  expect_sent("first report, first heartbeat", REPORT " 53010207e40c00000000bf");
  expect_number("not yet", (long)mycel_leaf_tick(&leaf, t + 999), 1);
  expect_sent("nothing before its time", "");
  for (uint32_t second = 1; second <= 6; second++) mycel_leaf_tick(&leaf, t + second * 1000);
  expect_sent("six reports, a heartbeat with the last",
              REPORT " " REPORT " " REPORT " " REPORT " " REPORT " " REPORT
                     " 53010207e40c06000000b9");

  command(&leaf, 7, MYCEL_COMMAND_SET_STATE, 1, t + 6100);
  command(&leaf, 7, MYCEL_COMMAND_SET_PWM, 512, t + 6100);
  expect_sent("acknowledges", ACK " " ACK);
  expect_number("relay", board_seen.on, 1);
  expect_number("duty", board_seen.duty, 512);
  command(&leaf, 8, MYCEL_COMMAND_SET_STATE, 0, t + 6100);
  command(&leaf, 7, 77, 0, t + 6100);
  command(&leaf, 7, MYCEL_COMMAND_SET_INTERVAL, 0, t + 6100);
  expect_sent("no answer to another's, an unknown or an impossible command", "");
  expect_number("relay as it was", board_seen.on, 1);

  command(&leaf, 7, MYCEL_COMMAND_READ_NOW, 0, t + 6200);
  expect_number("after read_now", (long)mycel_leaf_tick(&leaf, t + 6200), 1000);
  expect_sent("reads now", ACK " " REPORT);
  command(&leaf, 7, MYCEL_COMMAND_SET_INTERVAL, 30, t + 6300);
  expect_number("new interval", (long)mycel_leaf_tick(&leaf, t + 6300), 30000);
  expect_sent("interval acknowledged", ACK);

  command(&leaf, 7, MYCEL_COMMAND_DEEP_SLEEP, 60000, t + 6300);
  expect_number("asleep", (long)mycel_leaf_tick(&leaf, t + 6400), 59900);
  command(&leaf, 7, MYCEL_COMMAND_READ_NOW, 0, t + 7000);
  expect_sent("deaf while asleep", ACK);
  mycel_leaf_tick(&leaf, t + 66300);
  expect_sent("wakes and reports", "530103070751 " REPORT);

  mycel_leaf_receive(&leaf, frame, mycel_write_time_sync(frame, 7, 1771027200), t + 66400);
  expect_number("clock", (long)board_seen.unix_s, 1771027200);
  mycel_leaf_receive(&leaf, frame, mycel_write_frame(frame, MYCEL_MESSAGE_WAKE, 7, NULL, 0),
                     t + 66400);
  mycel_leaf_tick(&leaf, t + 66400);
  expect_sent("a report on WAKE", REPORT);

  board_seen.readings = 2;
  board_seen.second_value = NAN;
  command(&leaf, 7, MYCEL_COMMAND_READ_NOW, 0, t + 66500);
  mycel_leaf_tick(&leaf, t + 66500);
  expect_sent("a sensor without an answer is left out", ACK " " REPORT);

  command(&leaf, 7, MYCEL_COMMAND_RESET, 0, t + 66600);
  expect_sent("registers again after a reset", ACK " 5301040704020180d6");
  expect_number("no uptime", (long)leaf.uptime_s, 0);
  frame[0] = 0;
  mycel_leaf_receive(&leaf, frame, 3, t + 66600);
  expect_sent("damage is ignored", "");
}

int main(void) {
  test_vectors();
  test_refusals_of_writers();
  test_stream();
  test_leaf();
  printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
