#include "helper_port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEADER_BYTES 4

/* A node that writes faster than the bus takes: the pipe holds the rest. */
static uint8_t heard[16 * (HEADER_BYTES + 255)];
static size_t heard_bytes;

void helper_say(uint8_t kind, uint16_t peer, const void *body, size_t length) {
  uint8_t bytes[HEADER_BYTES + 255] = {kind, (uint8_t)peer, (uint8_t)(peer >> 8), (uint8_t)length};
  if (length > 0) memcpy(bytes + HEADER_BYTES, body, length);
  for (size_t at = 0; at < HEADER_BYTES + length;) {
    const ssize_t some = write(STDOUT_FILENO, bytes + at, HEADER_BYTES + length - at);
    if (some < 0 && errno == EINTR) continue;
    /* The node is gone, and nobody else listens. */
    if (some <= 0) exit(1);
    at += (size_t)some;
  }
}

void helper_say_text(uint8_t kind, uint16_t peer, const char *text) {
  const size_t length = strlen(text);
  helper_say(kind, peer, text, length > 255 ? 255 : length);
}

bool helper_listen(void) {
  if (heard_bytes == sizeof heard) return true;
  const ssize_t some = read(STDIN_FILENO, heard + heard_bytes, sizeof heard - heard_bytes);
  if (some < 0) return errno == EINTR || errno == EAGAIN;
  heard_bytes += (size_t)some;
  return some > 0;
}

bool helper_next(helper_message *message) {
  if (heard_bytes < HEADER_BYTES) return false;
  const size_t length = HEADER_BYTES + (size_t)heard[3];
  if (heard_bytes < length) return false;
  message->kind = heard[0];
  message->peer = (uint16_t)(heard[1] | heard[2] << 8);
  message->length = heard[3];
  memcpy(message->body, heard + HEADER_BYTES, message->length);
  heard_bytes -= length;
  memmove(heard, heard + length, heard_bytes);
  return true;
}

bool helper_lock(const char *name) {
  /* An abstract socket's name goes with its process, however that ends. */
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t length = strlen(name);
  if (length > sizeof address.sun_path - 1) return false;
  memcpy(address.sun_path + 1, name, length);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
  return fd >= 0 && bind(fd, (const struct sockaddr *)&address, bytes) == 0;
}
