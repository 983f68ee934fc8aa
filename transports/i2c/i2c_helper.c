/*
 * Polls leaves on an I2C bus for a node: `i2c-helper PATH EVERY_MS ADDRESS…`. PATH is a bus of Linux
 * (/dev/i2c-1), or a unix socket behind which somebody plays one:
 *
 *   helper: address u8, write bytes u16, read bytes u16, bytes …      bus: outcome u8, bytes read …
 *
 * I2C.md has the registers; source of the calls: Linux, Documentation/i2c/dev-interface.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../helper/helper_port.h"
#include "mycel_i2c.h"

/* 0x10 to 0x6f: what lies outside is reserved by the bus. */
#define LEAVES_MAX 96
/* Of a leaf, for it to take: the node lets no more than 64 be under way. */
#define WAITING_MAX 64
/* A leaf with much to say does not keep the others waiting: 8 frames of 250 bytes are 50 ms at 400 kHz. */
#define FRAMES_A_TURN 8
/* Tries to hand a frame over, a poll apart, before it is given up. */
#define TRIES_MAX 50

typedef struct {
  uint8_t length;
  uint8_t bytes[MYCEL_I2C_FRAME_BYTES_MAX];
} frame_for_leaf;

typedef struct {
  mycel_i2c_hub hub;
  /* What the last poll came to, told once. */
  mycel_i2c_event state;
  uint8_t dropped;
  uint8_t tries;
  uint8_t first;
  uint8_t waiting;
  frame_for_leaf frames[WAITING_MAX];
} leaf;

static leaf leaves[LEAVES_MAX];
static size_t leaf_count;
static int bus_fd;

static mycel_bus_outcome device_transfer(void *context, uint8_t address, const uint8_t *out,
                                         size_t out_length, uint8_t *in, size_t in_length) {
  (void)context;
  struct i2c_msg messages[2] = {
      {.addr = address, .len = (uint16_t)out_length, .buf = (uint8_t *)(uintptr_t)out},
      {.addr = address, .flags = I2C_M_RD, .len = (uint16_t)in_length, .buf = in},
  };
  struct i2c_rdwr_ioctl_data data = {.msgs = messages, .nmsgs = in_length > 0 ? 2 : 1};
  if (ioctl(bus_fd, I2C_RDWR, &data) >= 0) return MYCEL_BUS_OK;
  /* Documentation/i2c/fault-codes.rst */
  if (errno == ENXIO || errno == EREMOTEIO || errno == ENODEV) return MYCEL_BUS_ABSENT;
  return MYCEL_BUS_TIMEOUT;
}

static void bus_is_gone(void) {
  helper_say_text(HELPER_FAILED, 0, "the bus is gone");
  exit(1);
}

static void all_of(bool reads, uint8_t *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    const ssize_t some = reads ? read(bus_fd, bytes + at, length - at)
                               : write(bus_fd, bytes + at, length - at);
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) bus_is_gone();
    at += (size_t)some;
  }
}

static mycel_bus_outcome socket_transfer(void *context, uint8_t address, const uint8_t *out,
                                         size_t out_length, uint8_t *in, size_t in_length) {
  (void)context;
  uint8_t bytes[5 + MYCEL_I2C_FRAME_BYTES_MAX + 8] = {
      address,
      (uint8_t)out_length,
      (uint8_t)(out_length >> 8),
      (uint8_t)in_length,
      (uint8_t)(in_length >> 8),
  };
  memcpy(bytes + 5, out, out_length);
  all_of(false, bytes, 5 + out_length);
  uint8_t outcome;
  all_of(true, &outcome, 1);
  if (outcome == MYCEL_BUS_OK && in_length > 0) all_of(true, in, in_length);
  return (mycel_bus_outcome)outcome;
}

static mycel_bus bus = {.i2c = device_transfer};

static const char *open_bus(const char *path) {
  struct stat what;
  if (stat(path, &what) != 0) return strerror(errno);
  char name[108];
  snprintf(name, sizeof name, "mycel-i2c:%lu:%lu", (unsigned long)what.st_dev,
           (unsigned long)what.st_ino);
  if (!helper_lock(name)) return "taken";
  if (!S_ISSOCK(what.st_mode)) {
    bus_fd = open(path, O_RDWR | O_CLOEXEC);
    if (bus_fd < 0) return strerror(errno);
    unsigned long functions = 0;
    const bool fits = ioctl(bus_fd, I2C_FUNCS, &functions) == 0 && (functions & I2C_FUNC_I2C) != 0;
    return fits ? NULL : "it is no I2C bus";
  }
  bus.i2c = socket_transfer;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return "its path is too long";
  strcpy(address.sun_path, path);
  bus_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bus_fd < 0) return strerror(errno);
  const int outcome = connect(bus_fd, (const struct sockaddr *)&address, sizeof address);
  return outcome == 0 ? NULL : strerror(errno);
}

static const char *name_of(mycel_i2c_event event) {
  switch (event) {
    case MYCEL_I2C_ABSENT:
      return "absent";
    case MYCEL_I2C_TIMEOUT:
      return "timeout";
    case MYCEL_I2C_FOREIGN:
      return "foreign";
    case MYCEL_I2C_BAD_CRC:
      return "badCrc";
    default:
      return "badLength";
  }
}

/* A leaf that stays away is told of once; each damaged transfer is one of its own. */
static void note(leaf *each, mycel_i2c_event event) {
  const bool is_told = event == MYCEL_I2C_BAD_CRC || event == MYCEL_I2C_BAD_LENGTH;
  if (event > MYCEL_I2C_FULL && (is_told || event != each->state)) {
    helper_say_text(HELPER_REFUSED, each->hub.address, name_of(event));
  }
  each->state = event;
}

static void fetch(leaf *each) {
  for (int n = 0; n < FRAMES_A_TURN; n++) {
    const uint8_t *frame;
    size_t length;
    const mycel_i2c_event event = mycel_i2c_poll(&each->hub, &frame, &length);
    note(each, event);
    if (event != MYCEL_I2C_FRAME) break;
    helper_say(HELPER_FRAME, each->hub.address, frame, length);
  }
  /* Counts up to 255 and begins anew with the leaf. */
  while (each->dropped < each->hub.dropped) {
    each->dropped++;
    helper_say_text(HELPER_REFUSED, each->hub.address, "droppedByLeaf");
  }
  each->dropped = each->hub.dropped;
}

static void end_first(leaf *each, uint8_t kind, const char *why) {
  helper_say_text(kind, each->hub.address, why);
  each->first = (uint8_t)((each->first + 1) % WAITING_MAX);
  each->waiting--;
  each->tries = 0;
}

static void hand_over(leaf *each) {
  while (each->waiting > 0) {
    const frame_for_leaf *frame = &each->frames[each->first];
    const mycel_i2c_event event = mycel_i2c_put(&each->hub, frame->bytes, frame->length);
    if (event == MYCEL_I2C_FRAME) {
      end_first(each, HELPER_SENT, "");
      continue;
    }
    if (++each->tries < TRIES_MAX) return;
    end_first(each, HELPER_NOT_SENT, event == MYCEL_I2C_FULL ? "leafBusy" : name_of(event));
  }
}

static void take(const helper_message *message) {
  for (size_t n = 0; n < leaf_count; n++) {
    leaf *each = &leaves[n];
    if (each->hub.address != message->peer) continue;
    if (each->waiting == WAITING_MAX || message->length > MYCEL_I2C_FRAME_BYTES_MAX) break;
    frame_for_leaf *frame = &each->frames[(each->first + each->waiting++) % WAITING_MAX];
    frame->length = message->length;
    memcpy(frame->bytes, message->body, message->length);
    return;
  }
  helper_say_text(HELPER_NOT_SENT, message->peer, "full");
}

static bool is_anything_waiting(void) {
  for (size_t n = 0; n < leaf_count; n++) {
    if (leaves[n].waiting > 0) return true;
  }
  return false;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
  if (argc < 4 || argc - 3 > LEAVES_MAX) {
    fprintf(stderr, "i2c-helper PATH EVERY_MS ADDRESS...\n");
    return 2;
  }
  const char *fault = open_bus(argv[1]);
  if (fault != NULL) {
    helper_say_text(HELPER_FAILED, 0, fault);
    return 1;
  }
  const int every_ms = atoi(argv[2]);
  for (int n = 3; n < argc; n++) {
    leaf *each = &leaves[leaf_count++];
    each->hub.bus = &bus;
    each->hub.address = (uint8_t)strtol(argv[n], NULL, 0);
  }
  helper_say_text(HELPER_READY, 0, "");

  bool is_node_there = true;
  int64_t next_ms = now_ms();
  /* What the node has given is handed over before the end. */
  while (is_node_there || is_anything_waiting()) {
    const int64_t left_ms = next_ms - now_ms();
    struct pollfd ear = {.fd = is_node_there ? STDIN_FILENO : -1, .events = POLLIN};
    if (poll(&ear, 1, left_ms > 0 ? (int)left_ms : 0) > 0) is_node_there = helper_listen();
    helper_message message;
    while (helper_next(&message)) {
      if (message.kind == HELPER_FRAME) take(&message);
    }
    if (now_ms() < next_ms) continue;
    next_ms = now_ms() + every_ms;
    for (size_t n = 0; n < leaf_count; n++) {
      if (is_node_there) fetch(&leaves[n]);
      hand_over(&leaves[n]);
    }
  }
  return 0;
}
