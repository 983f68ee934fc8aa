#include "node.h"

#ifdef MYCEL_INSTALL_CODE
#define leaf_tick mycel_sealed_leaf_tick
#define leaf_receive mycel_sealed_leaf_receive
#else
#define leaf_tick mycel_leaf_tick
#define leaf_receive mycel_leaf_receive
#endif

size_t mycel_node_measure(void *node, uint8_t *channels, float *values, size_t max) {
  const mycel_node *self = node;
  return mycel_sensors_measure(self->sensors, self->sensor_count, self->bus, channels, values,
                               max);
}

void mycel_node_turn(const mycel_node *node) {
  const mycel_bus *bus = node->bus;
  uint32_t wait_ms = leaf_tick(node->leaf, bus->now_ms(bus->context));
  const bool dozes = node->sleep != NULL && wait_ms > node->listen_ms;
  uint8_t frame[MYCEL_NODE_FRAME_BYTES_MAX];
  const size_t length = node->receive(frame, sizeof frame, dozes ? node->listen_ms : wait_ms);
  if (length > 0) {
    leaf_receive(node->leaf, frame, length, bus->now_ms(bus->context));
  } else if (dozes) {
    wait_ms = leaf_tick(node->leaf, bus->now_ms(bus->context));
    node->sleep(wait_ms);
  }
}
