/*
 * An I2C bus with leaves on it, as a unix socket for i2c_helper.c: `pseudo-bus SOCKET ADDRESS…`.
 * The leaves are those of the ATtiny (firmware/src/mycel_i2c.c). A test holds the other ends of stdin
 * and stdout, in the words of helper_port.h:
 *
 *   FRAME to it: the leaf has this to say; from it: the leaf was given this
 *   REFUSED to it: the next transfer with this leaf is "absent", "damaged" or "cut"
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../transports/helper/helper_port.h"
#include "mycel_i2c.h"

#define LEAVES_MAX 8
#define OFFERS_MAX 512

typedef struct {
  uint8_t address;
  mycel_i2c_leaf leaf;
  uint8_t outbox[256];
  uint8_t inbox[250];
  /* What its outbox has no room for yet. */
  helper_message offers[OFFERS_MAX];
  size_t first;
  size_t waiting;
  char mishap;
} slave;

static slave slaves[LEAVES_MAX];
static size_t slave_count;

static slave *at_address(uint16_t address) {
  for (size_t n = 0; n < slave_count; n++) {
    if (slaves[n].address == address) return &slaves[n];
  }
  return NULL;
}

/* The leaf's main loop. */
static void run(slave *each) {
  while (each->waiting > 0) {
    const helper_message *offer = &each->offers[each->first % OFFERS_MAX];
    const uint8_t used = (uint8_t)(each->leaf.tail - each->leaf.head);
    if (used + 1u + offer->length > each->leaf.outbox_mask) break;
    mycel_i2c_offer(&each->leaf, offer->body, offer->length);
    each->first++;
    each->waiting--;
  }
  const size_t length = mycel_i2c_take(&each->leaf);
  if (length == 0) return;
  helper_say(HELPER_FRAME, each->address, each->inbox, length);
  mycel_i2c_done(&each->leaf);
}

static bool all_of(int fd, bool reads, uint8_t *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    const ssize_t some =
        reads ? read(fd, bytes + at, length - at) : write(fd, bytes + at, length - at);
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) return false;
    at += (size_t)some;
  }
  return true;
}

/* One transfer, byte by byte as an interrupt sees it. False when the master has gone. */
static bool transfer(int fd) {
  uint8_t head[5];
  uint8_t bytes[600];
  if (!all_of(fd, true, head, sizeof head)) return false;
  const size_t out = (size_t)(head[1] | head[2] << 8);
  const size_t in = (size_t)(head[3] | head[4] << 8);
  if (out > sizeof bytes || in > sizeof bytes - 1 || !all_of(fd, true, bytes, out)) return false;
  slave *each = at_address(head[0]);
  const char mishap = each == NULL ? 'a' : each->mishap;
  if (each != NULL) each->mishap = 0;
  uint8_t outcome = MYCEL_BUS_ABSENT;
  if (mishap == 'a') return all_of(fd, false, &outcome, 1);
  if (mishap == 'd' && out > 1) bytes[out / 2] ^= 0x10;
  mycel_i2c_on_address(&each->leaf, false);
  const size_t written = mishap == 'c' ? out / 2 : out;
  for (size_t at = 0; at < written; at++) mycel_i2c_on_write(&each->leaf, bytes[at]);
  bytes[0] = MYCEL_BUS_OK;
  if (in > 0) mycel_i2c_on_address(&each->leaf, true);
  for (size_t at = 0; at < in; at++) bytes[1 + at] = mycel_i2c_on_read(&each->leaf);
  mycel_i2c_on_stop(&each->leaf);
  if (mishap == 'd' && in > 0) bytes[1 + in / 2] ^= 0x01;
  run(each);
  outcome = MYCEL_BUS_TIMEOUT;
  if (mishap == 'c') return all_of(fd, false, &outcome, 1);
  return all_of(fd, false, bytes, 1 + in);
}

int main(int argc, char **argv) {
  if (argc < 3 || argc - 2 > LEAVES_MAX) return 2;
  for (int n = 2; n < argc; n++) {
    slave *each = &slaves[slave_count++];
    each->address = (uint8_t)strtol(argv[n], NULL, 0);
    mycel_i2c_leaf_start(&each->leaf, each->outbox, sizeof each->outbox, each->inbox,
                         sizeof each->inbox);
  }
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  const int door = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(door, (struct sockaddr *)&address, sizeof address) != 0 || listen(door, 1) != 0) return 1;
  helper_say_text(HELPER_READY, 0, "");

  for (int master = -1;;) {
    struct pollfd ears[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = master < 0 ? door : master, .events = POLLIN}};
    if (poll(ears, 2, -1) < 0) continue;
    if (ears[0].revents != 0 && !helper_listen()) return 0;
    helper_message message;
    while (helper_next(&message)) {
      slave *each = at_address(message.peer);
      if (each == NULL) continue;
      if (message.kind == HELPER_REFUSED) each->mishap = (char)message.body[0];
      else if (each->waiting < OFFERS_MAX) {
        each->offers[(each->first + each->waiting++) % OFFERS_MAX] = message;
      }
      run(each);
    }
    if (ears[1].revents == 0) continue;
    if (master < 0) master = accept(door, NULL, NULL);
    else if (!transfer(master)) {
      close(master);
      master = -1;
    }
  }
}
