/*
 * A Bluetooth controller, by HCI over Linux's user channel: what is sent to it and what comes of it
 * are H4 packets. Source of numbers: Bluetooth Core 5.4, volume 4, parts A and E.
 *
 *   command 0x01   opcode u16  length u8   parameters …
 *   ACL     0x02   handle u16  length u16  data …
 *   event   0x04   code u8     length u8   parameters …
 */
#ifndef MYCEL_HCI_H
#define MYCEL_HCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HCI_PACKET_BYTES_MAX 1024

enum { HCI_COMMAND = 0x01, HCI_ACL = 0x02, HCI_EVENT = 0x04 };

enum {
  HCI_DISCONNECT = 0x0406,
  HCI_SET_EVENT_MASK = 0x0c01,
  HCI_RESET = 0x0c03,
  HCI_READ_BUFFER_SIZE = 0x1005,
  HCI_LE_SET_EVENT_MASK = 0x2001,
  HCI_LE_READ_BUFFER_SIZE = 0x2002,
  HCI_LE_SET_SCAN_PARAMETERS = 0x200b,
  HCI_LE_SET_SCAN_ENABLE = 0x200c,
  HCI_LE_CREATE_CONNECTION = 0x200d,
  HCI_LE_CREATE_CONNECTION_CANCEL = 0x200e,
};

enum {
  HCI_DISCONNECTION_COMPLETE = 0x05,
  HCI_COMMAND_COMPLETE = 0x0e,
  HCI_COMMAND_STATUS = 0x0f,
  HCI_COMPLETED_PACKETS = 0x13,
  HCI_LE_META = 0x3e,
};
enum { HCI_LE_CONNECTION_COMPLETE = 0x01, HCI_LE_ADVERTISING_REPORT = 0x02 };

#define HCI_REMOTE_ENDED 0x13

/* What a controller answers that does not answer. */
#define HCI_SILENT 0x100

/*
 * `hci0`, or the path of a socket behind which somebody plays a controller. Resets it. NULL, or why
 * it cannot be had; `taken` for one that another helper has.
 */
const char *hci_open(const char *adapter);
int hci_fd(void);

/* The status, HCI_SILENT without one. Packets that come meanwhile wait for hci_next(). */
int hci_run(uint16_t opcode, const uint8_t *parameters, size_t length);

/* The next packet, without its type; 0 when none is there, -1 when the controller is gone. */
int hci_next(uint8_t *packet, size_t *length);

/* One connection's data: begins anew with each. */
void hci_begin_data(uint16_t handle);
/* One L2CAP packet, once hci_may_send(). */
bool hci_may_send(void);
void hci_send(uint16_t channel, const uint8_t *data, size_t length);
/* Whether the controller has given all of it to the peer. */
bool hci_is_delivered(void);
void hci_completed(uint16_t handle, unsigned packets);
/* A piece that came: true when the L2CAP packet is whole, which stays until the next call. */
bool hci_assemble(const uint8_t *acl, size_t length, uint16_t *channel, const uint8_t **data,
                  size_t *data_length);

static inline uint16_t u16_at(const uint8_t *bytes) {
  return (uint16_t)(bytes[0] | bytes[1] << 8);
}

#endif
