#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static void start(host_link *link, int fd, bool stream) {
  memset(link, 0, sizeof *link);
  link->fd = fd;
  link->stream = stream;
}

bool host_link_open_udp(host_link *link, const char *host_and_port) {
  char host[256];
  const char *colon = strrchr(host_and_port, ':');
  const size_t host_length = colon == NULL ? 0 : (size_t)(colon - host_and_port);
  if (host_length == 0 || host_length >= sizeof host) {
    fprintf(stderr, "host-leaf: --udp takes HOST:PORT, not %s.\n", host_and_port);
    return false;
  }
  memcpy(host, host_and_port, host_length);
  host[host_length] = '\0';

  struct addrinfo hints = {0};
  struct addrinfo *addresses = NULL;
  hints.ai_socktype = SOCK_DGRAM;
  const int refused = getaddrinfo(host, colon + 1, &hints, &addresses);
  if (refused != 0) {
    fprintf(stderr, "host-leaf: %s: %s.\n", host_and_port, gai_strerror(refused));
    return false;
  }
  int fd = -1;
  for (const struct addrinfo *a = addresses; a != NULL && fd < 0; a = a->ai_next) {
    fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(addresses);
  if (fd < 0) {
    fprintf(stderr, "host-leaf: %s: %s.\n", host_and_port, strerror(errno));
    return false;
  }
  start(link, fd, false);
  return true;
}

bool host_link_open_serial(host_link *link, const char *path) {
  const int fd = open(path, O_RDWR | O_NOCTTY);
  struct termios line;
  if (fd < 0 || tcgetattr(fd, &line) != 0) {
    fprintf(stderr, "host-leaf: %s: %s.\n", path, strerror(errno));
    if (fd >= 0) close(fd);
    return false;
  }
  /* Raw 8N1: no echo, no line editing, no translation of any byte. */
  line.c_iflag = 0;
  line.c_oflag = 0;
  line.c_lflag = 0;
  line.c_cflag = CS8 | CREAD | CLOCAL;
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  cfsetispeed(&line, B115200);
  cfsetospeed(&line, B115200);
  if (tcsetattr(fd, TCSANOW, &line) != 0) {
    fprintf(stderr, "host-leaf: %s: %s.\n", path, strerror(errno));
    close(fd);
    return false;
  }
  start(link, fd, true);
  return true;
}

void host_link_send(host_link *link, const uint8_t *frame, size_t length) {
  uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  if (link->stream) {
    length = mycel_to_stream(frame, length, stream);
    frame = stream;
  }
  while (length > 0) {
    const ssize_t written = write(link->fd, frame, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    frame += written;
    length -= (size_t)written;
  }
}

bool host_link_receive(host_link *link, int wait_ms, host_receiver receiver, void *context) {
  struct pollfd waiting = {link->fd, POLLIN, 0};
  if (poll(&waiting, 1, wait_ms) <= 0) return true;

  /* One byte more than a frame, so that a longer datagram is seen to be too long. */
  uint8_t bytes[MYCEL_STREAM_FRAME_BYTES_MAX + 1];
  const ssize_t length = read(link->fd, bytes, sizeof bytes);
  /* A UDP socket says that nobody listens (yet); only a line can be gone. */
  if (length < 0) return !link->stream || errno == EINTR || errno == EAGAIN;
  if (!link->stream) {
    receiver(context, bytes, (size_t)length);
    return true;
  }
  for (ssize_t i = 0; i < length; i++) {
    if (mycel_splitter_feed(&link->splitter, bytes[i]) == MYCEL_STREAM_FRAME) {
      receiver(context, link->splitter.frame, link->splitter.length);
    }
  }
  return length > 0;
}
