/*
 * What a link's helper process and its node say to each other over stdin and stdout:
 *
 *   0     1 2       3        4
 *   kind  peer u16  length   body …        peer little-endian
 *
 * The node ends by closing stdin. helper-process.ts is the other side.
 */
#ifndef MYCEL_HELPER_PORT_H
#define MYCEL_HELPER_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  HELPER_READY = 0,    /* to the node: frames may come and go */
  HELPER_FRAME = 1,    /* both ways */
  HELPER_SENT = 2,     /* to the node: a frame of its arrived at the peer */
  HELPER_NOT_SENT = 3, /* the same, for one that was given up; the body says why */
  HELPER_REFUSED = 4,  /* to the node: something came of which no frame could be made; why */
  HELPER_FAILED = 5,   /* to the node, at the end: why */
};

typedef struct {
  uint8_t kind;
  uint16_t peer;
  uint8_t length;
  uint8_t body[255];
} helper_message;

void helper_say(uint8_t kind, uint16_t peer, const void *body, size_t length);
void helper_say_text(uint8_t kind, uint16_t peer, const char *text);

/* What stdin had; call when it is readable. False when the node has closed it. */
bool helper_listen(void);
/* The next whole message of what helper_listen() read; false for none. */
bool helper_next(helper_message *message);

/* False when another helper of this machine has `name`. Kept until the process ends. */
bool helper_lock(const char *name);

#endif
