/* a leaf's side of I2C, with an outbox of 128 bytes and an inbox of 32 */
#include "mycel_i2c.h"

volatile uint8_t sink;

int main(void) {
  static uint8_t outbox[128], inbox[32];
  static mycel_i2c_leaf leaf;
  mycel_i2c_leaf_start(&leaf, outbox, sizeof outbox, inbox, sizeof inbox);
  for (;;) {
    mycel_i2c_on_address(&leaf, sink != 0);
    mycel_i2c_on_write(&leaf, sink);
    sink = mycel_i2c_on_read(&leaf);
    mycel_i2c_on_stop(&leaf);
    mycel_i2c_offer(&leaf, inbox, mycel_i2c_take(&leaf));
    mycel_i2c_done(&leaf);
  }
}
