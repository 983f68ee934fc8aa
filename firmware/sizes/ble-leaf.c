/* a leaf's side of BLE: advertisement, fragments both ways */
#include "mycel_ble.h"

volatile uint8_t sink;

int main(void) {
  static mycel_ble_sender sender;
  static mycel_ble_receiver receiver;
  static uint8_t value[MYCEL_BLE_VALUE_BYTES_MAX], advertisement[MYCEL_BLE_ADVERTISEMENT_BYTES];
  const mycel_ble_beacon beacon = {.leaf_id = sink};
  mycel_ble_write_advertisement(advertisement, &beacon);
  sink = advertisement[30];
  for (;;) {
    value[0] = sink;
    if (mycel_ble_feed(&receiver, value, sizeof value) == MYCEL_BLE_FRAME) {
      mycel_ble_send(&sender, receiver.frame, receiver.length);
    }
    sink = (uint8_t)mycel_ble_next(&sender, sink, value);
  }
}
