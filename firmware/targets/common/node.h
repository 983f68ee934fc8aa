/*
 * A leaf on a board: the loop that every target runs around the portable core.
 *
 *   tick: sends what is due --> listens --> sleeps until the next is due
 */
#ifndef MYCEL_NODE_H
#define MYCEL_NODE_H

#include "mycel_leaf.h"
#include "mycel_sensors.h"

/* A board that is built with its install code speaks wire v2, any other v1. */
#ifdef MYCEL_INSTALL_CODE
#include "mycel_sealed_leaf.h"
typedef mycel_sealed_leaf mycel_node_leaf;
#else
typedef mycel_leaf mycel_node_leaf;
#endif

/* What ESP-NOW carries: a frame of any wire version. */
#define MYCEL_NODE_FRAME_BYTES_MAX 250

typedef struct {
  mycel_node_leaf *leaf;
  mycel_sensor *sensors;
  size_t sensor_count;
  const mycel_bus *bus;
  /* Waits at most `wait_ms` for a frame: its length, 0 for none. */
  size_t (*receive)(uint8_t *frame, size_t max, uint32_t wait_ms);
  /* Rests for at most `ms`, deaf; NULL for a leaf that always listens. It need not return. */
  void (*sleep)(uint32_t ms);
  /* How long a leaf that sleeps listens after it has sent: hubs answer at once. */
  uint32_t listen_ms;
} mycel_node;

/* `measure` of a mycel_board whose context is the node. */
size_t mycel_node_measure(void *node, uint8_t *channels, float *values, size_t max);

void mycel_node_turn(const mycel_node *node);

#endif
