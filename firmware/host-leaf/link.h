/* The host's radio: one file descriptor, a connected UDP socket or a serial line. */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mycel_stream.h"

typedef struct {
  int fd;
  /* A serial line needs framing, a datagram is a frame already. */
  bool stream;
  mycel_splitter splitter;
} host_link;

typedef void (*host_receiver)(void *context, const uint8_t *frame, size_t length);

/* They return false after one sentence on standard error. */
bool host_link_open_udp(host_link *link, const char *host_and_port);
bool host_link_open_serial(host_link *link, const char *path);

/* A frame that does not go out is lost, as on a radio. */
void host_link_send(host_link *link, const uint8_t *frame, size_t length);

/* Waits up to `wait_ms` and hands on each frame that came. False once the line is gone. */
bool host_link_receive(host_link *link, int wait_ms, host_receiver receiver, void *context);

#endif
