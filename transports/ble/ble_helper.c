/*
 * Serves leaves over Bluetooth Low Energy for a node: `ble-helper ADAPTER`. BLE.md is what it speaks.
 *
 *   scan ──a leaf has frames, or there are some for it──▶ connect ▶ find the service ▶ subscribe
 *    ▲                                                                                    │
 *    └──── disconnect ◀── nothing either way for a while ◀── notifications, writes ◀──────┘
 *
 * One connection at a time: a leaf with a few frames is served in a tenth of a second. Source of
 * numbers: Bluetooth Core 5.4, volume 3, parts A (L2CAP), F (ATT) and G (GATT).
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#include "../helper/helper_port.h"
#include "hci.h"
#include "mycel_ble.h"

/* Leaves that one hub can have heard; the one heard longest ago gives way. */
#define PEERS_MAX 1024
/* The node lets no more be under way. */
#define FRAMES_MAX 64
#define CONNECT_MS_MAX 3000
/* For each answer of a leaf: thirty seconds are ATT's own limit, too long for others that wait. */
#define ANSWER_MS_MAX 2000
/* A connected leaf that is silent so long, while nothing waits for it, is let go. */
#define IDLE_MS 300
/* After a connection that brought nothing. */
#define AGAIN_MS 1000
/* A sleeping leaf advertises when it wakes; frames for one that does not come back are given up. */
#define GIVE_UP_MS 120000

enum { L2CAP_ATT = 4, L2CAP_SIGNALS = 5 };
enum {
  ATT_ERROR = 0x01,
  ATT_MTU_REQUEST = 0x02,
  ATT_MTU = 0x03,
  ATT_FIND_INFORMATION_REQUEST = 0x04,
  ATT_FIND_INFORMATION = 0x05,
  ATT_FIND_BY_VALUE_REQUEST = 0x06,
  ATT_FIND_BY_VALUE = 0x07,
  ATT_READ_BY_TYPE_REQUEST = 0x08,
  ATT_READ_BY_TYPE = 0x09,
  ATT_WRITE_REQUEST = 0x12,
  ATT_WRITE = 0x13,
  ATT_NOTIFICATION = 0x1b,
  ATT_WRITE_COMMAND = 0x52,
};
enum { GATT_PRIMARY_SERVICE = 0x2800, GATT_CHARACTERISTIC = 0x2803, GATT_CLIENT_CONFIG = 0x2902 };

typedef struct {
  /* Its type behind six bytes of address. */
  uint8_t address[7];
  int64_t heard_ms;
  int64_t not_before_ms;
  uint8_t waiting;
} peer;

typedef struct {
  uint16_t peer;
  uint8_t length;
  int64_t since_ms;
  uint8_t bytes[MYCEL_BLE_FRAME_BYTES_MAX];
} frame_for_leaf;

typedef enum {
  SCANNING,
  CONNECTING,
  ASKING_MTU,
  FINDING_SERVICE,
  FINDING_VALUES,
  FINDING_CONFIG,
  SUBSCRIBING,
  OPEN,
  LEAVING
} phase;

/* A peer's number is its place and one more: 0 is none. */
static peer peers[PEERS_MAX];
static size_t peer_count;
/* In the order in which they came. */
static frame_for_leaf frames[FRAMES_MAX];
static size_t frame_count;

static struct {
  phase phase;
  uint16_t peer;
  uint16_t handle;
  uint16_t mtu;
  uint16_t service_end;
  uint16_t at;
  uint16_t uplink;
  uint16_t downlink;
  int64_t deadline_ms;
  bool brought_something;
  mycel_ble_receiver receiver;
  mycel_ble_sender sender;
  /* The frame on its way is the first of this leaf's. */
  bool is_sending;
} visit;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_until(int64_t after_ms) { visit.deadline_ms = now_ms() + after_ms; }

static frame_for_leaf *frame_for(uint16_t number) {
  for (size_t n = 0; n < frame_count; n++) {
    if (frames[n].peer == number) return &frames[n];
  }
  return NULL;
}

static void drop_frame(frame_for_leaf *frame) {
  const size_t at = (size_t)(frame - frames);
  frame_count--;
  memmove(frame, frame + 1, (frame_count - at) * sizeof *frame);
}

static void take(const helper_message *message) {
  if (message->kind != HELPER_FRAME) return;
  if (frame_count == FRAMES_MAX || message->length > MYCEL_BLE_FRAME_BYTES_MAX) {
    helper_say_text(HELPER_NOT_SENT, message->peer, "full");
    return;
  }
  frame_for_leaf *frame = &frames[frame_count++];
  frame->peer = message->peer;
  frame->length = message->length;
  frame->since_ms = now_ms();
  memcpy(frame->bytes, message->body, message->length);
}

static void give_up_old(void) {
  const int64_t before_ms = now_ms() - GIVE_UP_MS;
  for (size_t n = 0; n < frame_count;) {
    if (frames[n].since_ms > before_ms || (visit.is_sending && frames[n].peer == visit.peer)) {
      n++;
      continue;
    }
    helper_say_text(HELPER_NOT_SENT, frames[n].peer, "notHeard");
    drop_frame(&frames[n]);
  }
}

static uint16_t number_of(const uint8_t *address) {
  size_t oldest = 0;
  for (size_t n = 0; n < peer_count; n++) {
    if (memcmp(peers[n].address, address, sizeof peers[n].address) == 0) return (uint16_t)(n + 1);
    if (peers[n].heard_ms < peers[oldest].heard_ms) oldest = n;
  }
  const size_t place = peer_count < PEERS_MAX ? peer_count++ : oldest;
  memset(&peers[place], 0, sizeof peers[place]);
  memcpy(peers[place].address, address, sizeof peers[place].address);
  return (uint16_t)(place + 1);
}

static void scan(bool on) {
  const uint8_t parameters[2] = {on, 0};
  hci_run(HCI_LE_SET_SCAN_ENABLE, parameters, sizeof parameters);
}

static void scan_again(void) {
  memset(&visit, 0, sizeof visit);
  scan(true);
}

static void connect_to(uint16_t number) {
  const peer *leaf = &peers[number - 1];
  /* Scan half of the time, 15 to 30 ms between meetings, 2 s of silence end it; in the spec's units. */
  uint8_t parameters[25] = {0x60, 0, 0x30, 0, 0, leaf->address[6]};
  memcpy(parameters + 6, leaf->address, 6);
  const uint8_t rest[13] = {0, 12, 0, 24, 0, 0, 0, 200, 0, 0, 0, 0, 0};
  memcpy(parameters + 12, rest, sizeof rest);
  scan(false);
  visit.peer = number;
  visit.phase = CONNECTING;
  wait_until(CONNECT_MS_MAX);
  if (hci_run(HCI_LE_CREATE_CONNECTION, parameters, sizeof parameters) == 0) return;
  helper_say_text(HELPER_REFUSED, number, "connectFailed");
  scan_again();
}

static void leave(void) {
  const uint8_t parameters[3] = {(uint8_t)visit.handle, (uint8_t)(visit.handle >> 8),
                                 HCI_REMOTE_ENDED};
  visit.phase = LEAVING;
  wait_until(ANSWER_MS_MAX);
  hci_run(HCI_DISCONNECT, parameters, sizeof parameters);
}

static void leave_for(const char *why) {
  helper_say_text(HELPER_REFUSED, visit.peer, why);
  leave();
}

static void ask(phase next, const uint8_t *request, size_t length) {
  visit.phase = next;
  wait_until(ANSWER_MS_MAX);
  hci_send(L2CAP_ATT, request, length);
}

static void ask_mtu(void) {
  const uint8_t request[3] = {ATT_MTU_REQUEST, MYCEL_BLE_MTU_MAX, 0};
  ask(ASKING_MTU, request, sizeof request);
}

static void find_service(void) {
  const uint8_t request[7 + 16] = {
      ATT_FIND_BY_VALUE_REQUEST, 0x01, 0x00, 0xff, 0xff, GATT_PRIMARY_SERVICE & 0xff,
      GATT_PRIMARY_SERVICE >> 8, MYCEL_BLE_UUID(MYCEL_BLE_SERVICE)};
  ask(FINDING_SERVICE, request, sizeof request);
}

static void find_values(uint16_t from) {
  const uint8_t request[7] = {ATT_READ_BY_TYPE_REQUEST,
                              (uint8_t)from,
                              (uint8_t)(from >> 8),
                              (uint8_t)visit.service_end,
                              (uint8_t)(visit.service_end >> 8),
                              GATT_CHARACTERISTIC & 0xff,
                              GATT_CHARACTERISTIC >> 8};
  ask(FINDING_VALUES, request, sizeof request);
}

static void find_config(uint16_t from) {
  const uint8_t request[5] = {ATT_FIND_INFORMATION_REQUEST, (uint8_t)from, (uint8_t)(from >> 8),
                              (uint8_t)visit.service_end, (uint8_t)(visit.service_end >> 8)};
  visit.at = from;
  ask(FINDING_CONFIG, request, sizeof request);
}

/* handle u16, properties u8, handle of the value u16, UUID: of each characteristic. */
static void read_values(const uint8_t *data, size_t length) {
  static const uint8_t uplink[] = {MYCEL_BLE_UUID(MYCEL_BLE_UPLINK)};
  static const uint8_t downlink[] = {MYCEL_BLE_UUID(MYCEL_BLE_DOWNLINK)};
  const size_t each = length > 1 ? data[1] : 0;
  uint16_t last = visit.service_end;
  for (size_t at = 2; each >= 7 && at + each <= length; at += each) {
    last = u16_at(data + at + 3);
    if (each != 5 + sizeof uplink) continue;
    if (memcmp(data + at + 5, uplink, sizeof uplink) == 0) visit.uplink = last;
    if (memcmp(data + at + 5, downlink, sizeof downlink) == 0) visit.downlink = last;
  }
  if (visit.uplink != 0 && visit.downlink != 0) find_config((uint16_t)(visit.uplink + 1));
  else if (last < visit.service_end) find_values((uint16_t)(last + 1));
  else leave_for("noService");
}

/* Format 1: handle u16, UUID u16, of each descriptor. */
static void read_config(const uint8_t *data, size_t length) {
  uint16_t last = visit.service_end;
  for (size_t at = 2; length > 1 && data[1] == 1 && at + 4 <= length; at += 4) {
    last = u16_at(data + at);
    if (u16_at(data + at + 2) != GATT_CLIENT_CONFIG) continue;
    const uint8_t request[5] = {ATT_WRITE_REQUEST, data[at], data[at + 1], 0x01, 0x00};
    ask(SUBSCRIBING, request, sizeof request);
    return;
  }
  if (last >= visit.at && last < visit.service_end) find_config((uint16_t)(last + 1));
  else leave_for("noService");
}

static const char *name_of(mycel_ble_event event) {
  if (event == MYCEL_BLE_EMPTY) return "empty";
  return event == MYCEL_BLE_LOST ? "lost" : "badLength";
}

static void hear(const uint8_t *value, size_t length) {
  const mycel_ble_event event = mycel_ble_feed(&visit.receiver, value, length);
  for (; visit.receiver.cut > 0; visit.receiver.cut--) {
    helper_say_text(HELPER_REFUSED, visit.peer, "cut");
  }
  wait_until(IDLE_MS);
  if (event == MYCEL_BLE_MORE) return;
  if (event != MYCEL_BLE_FRAME) {
    helper_say_text(HELPER_REFUSED, visit.peer, name_of(event));
    return;
  }
  visit.brought_something = true;
  helper_say(HELPER_FRAME, visit.peer, visit.receiver.frame, visit.receiver.length);
}

/* Of an open connection: the next fragment, or the next frame. */
static void speak(void) {
  if (visit.is_sending && visit.sender.sent == visit.sender.length) {
    if (!hci_is_delivered()) return;
    helper_say_text(HELPER_SENT, visit.peer, "");
    drop_frame(frame_for(visit.peer));
    visit.is_sending = false;
    visit.brought_something = true;
    wait_until(IDLE_MS);
  }
  if (!visit.is_sending) {
    const frame_for_leaf *frame = frame_for(visit.peer);
    if (frame == NULL) return;
    visit.is_sending = mycel_ble_send(&visit.sender, frame->bytes, frame->length);
  }
  /* The pool may have moved. */
  visit.sender.frame = frame_for(visit.peer)->bytes;
  while (hci_may_send() && visit.sender.sent < visit.sender.length) {
    uint8_t request[3 + MYCEL_BLE_VALUE_BYTES_MAX] = {ATT_WRITE_COMMAND, (uint8_t)visit.downlink,
                                                      (uint8_t)(visit.downlink >> 8)};
    const size_t bytes = mycel_ble_next(&visit.sender, visit.mtu, request + 3);
    hci_send(L2CAP_ATT, request, 3 + bytes);
    wait_until(ANSWER_MS_MAX);
  }
}

/* A leaf may ask too; it gets what it must. */
static void answer(const uint8_t *data) {
  if (!hci_may_send()) return;
  if (data[0] == ATT_MTU_REQUEST) {
    const uint8_t mtu[3] = {ATT_MTU, MYCEL_BLE_MTU_MAX, 0};
    hci_send(L2CAP_ATT, mtu, sizeof mtu);
    return;
  }
  const uint8_t not_supported[5] = {ATT_ERROR, data[0], 0, 0, 0x06};
  hci_send(L2CAP_ATT, not_supported, sizeof not_supported);
}

static void on_att(const uint8_t *data, size_t length) {
  if (length == 0) return;
  if (data[0] == ATT_NOTIFICATION && length >= 3) {
    if (u16_at(data + 1) == visit.uplink && visit.uplink != 0) hear(data + 3, length - 3);
  } else if (visit.phase == ASKING_MTU && data[0] == ATT_MTU && length == 3) {
    const uint16_t theirs = u16_at(data + 1);
    visit.mtu = theirs < MYCEL_BLE_MTU_MAX ? theirs : MYCEL_BLE_MTU_MAX;
    find_service();
  } else if (visit.phase == ASKING_MTU && data[0] == ATT_ERROR) {
    find_service();
  } else if (visit.phase == FINDING_SERVICE && data[0] == ATT_FIND_BY_VALUE && length >= 5) {
    visit.service_end = u16_at(data + 3);
    find_values(u16_at(data + 1));
  } else if (visit.phase == FINDING_VALUES && data[0] == ATT_READ_BY_TYPE) {
    read_values(data, length);
  } else if (visit.phase == FINDING_CONFIG && data[0] == ATT_FIND_INFORMATION) {
    read_config(data, length);
  } else if (visit.phase == SUBSCRIBING && data[0] == ATT_WRITE) {
    visit.phase = OPEN;
    wait_until(IDLE_MS);
  } else if (data[0] == ATT_ERROR && visit.phase > ASKING_MTU && visit.phase < OPEN) {
    leave_for("noService");
  } else if ((data[0] & 1) == 0 && (data[0] & 0x40) == 0) {
    answer(data);
  }
}

/* A leaf that asks for other times of meeting is told that these stay. */
static void on_signal(const uint8_t *data, size_t length) {
  if (length < 4 || data[0] != 0x12 || !hci_may_send()) return;
  const uint8_t rejected[6] = {0x13, data[1], 2, 0, 1, 0};
  hci_send(L2CAP_SIGNALS, rejected, sizeof rejected);
}

static void on_connected(const uint8_t *event, size_t length) {
  if (length < 4 || visit.phase != CONNECTING) return;
  if (event[1] != 0) {
    helper_say_text(HELPER_REFUSED, visit.peer, "connectFailed");
    scan_again();
    return;
  }
  visit.handle = u16_at(event + 2) & 0x0fff;
  visit.mtu = MYCEL_BLE_MTU_MIN;
  hci_begin_data(visit.handle);
  ask_mtu();
}

static void on_disconnected(const uint8_t *event, size_t length) {
  if (length < 4 || visit.phase <= CONNECTING || u16_at(event + 1) != visit.handle) return;
  const bool is_cut = visit.phase != LEAVING;
  if (is_cut) helper_say_text(HELPER_REFUSED, visit.peer, "connectionLost");
  peers[visit.peer - 1].waiting = 0;
  if (!visit.brought_something) peers[visit.peer - 1].not_before_ms = now_ms() + AGAIN_MS;
  scan_again();
}

/* event type, address type, address, length, data, RSSI: of each report. */
static void on_advertisements(const uint8_t *event, size_t length) {
  const uint8_t *at = event + 2;
  const uint8_t *end = event + length;
  for (unsigned n = length > 1 ? event[1] : 0; n > 0; n--) {
    if (end - at < 9 || end - at < 10 + at[8]) return;
    mycel_ble_beacon beacon;
    if (mycel_ble_read_advertisement(at + 9, at[8], &beacon) == MYCEL_BLE_BEACON) {
      uint8_t address[7];
      memcpy(address, at + 2, 6);
      address[6] = at[1];
      peer *leaf = &peers[number_of(address) - 1];
      leaf->heard_ms = now_ms();
      leaf->waiting = beacon.waiting;
    }
    at += 10 + at[8];
  }
}

static void on_event(const uint8_t *packet, size_t length) {
  if (length < 2) return;
  const uint8_t *event = packet + 2;
  length -= 2;
  if (packet[0] == HCI_DISCONNECTION_COMPLETE) on_disconnected(event, length);
  else if (packet[0] == HCI_COMPLETED_PACKETS) {
    for (size_t n = 0; length > 0 && n < event[0] && 5 + 4 * n <= length; n++) {
      hci_completed(u16_at(event + 1 + 4 * n), u16_at(event + 3 + 4 * n));
    }
  } else if (packet[0] == HCI_LE_META && length > 0) {
    if (event[0] == HCI_LE_CONNECTION_COMPLETE) on_connected(event, length);
    if (event[0] == HCI_LE_ADVERTISING_REPORT) on_advertisements(event, length);
  }
}

static void on_data(const uint8_t *packet, size_t length) {
  uint16_t channel;
  const uint8_t *data;
  size_t data_length;
  if (visit.phase <= CONNECTING || visit.phase == LEAVING) return;
  if (!hci_assemble(packet, length, &channel, &data, &data_length)) return;
  if (channel == L2CAP_ATT) on_att(data, data_length);
  else if (channel == L2CAP_SIGNALS) on_signal(data, data_length);
}

/* A leaf that was heard just now and has frames, or for which there are some. */
static void choose(void) {
  const int64_t now = now_ms();
  for (size_t n = 0; n < peer_count; n++) {
    const bool is_near = now - peers[n].heard_ms < ANSWER_MS_MAX && now >= peers[n].not_before_ms;
    if (!is_near) continue;
    if (peers[n].waiting == 0 && frame_for((uint16_t)(n + 1)) == NULL) continue;
    /* Once: its next advertisement says whether there is more. */
    peers[n].waiting = 0;
    peers[n].heard_ms = now - ANSWER_MS_MAX;
    connect_to((uint16_t)(n + 1));
    return;
  }
}

static void on_deadline(void) {
  switch (visit.phase) {
    case SCANNING:
      break;
    case CONNECTING:
      /* It ends with a connection that was not made. */
      wait_until(CONNECT_MS_MAX);
      hci_run(HCI_LE_CREATE_CONNECTION_CANCEL, NULL, 0);
      break;
    case OPEN:
      if (visit.is_sending) leave_for("timeout");
      else leave();
      break;
    case LEAVING:
      scan_again();
      break;
    default:
      leave_for("timeout");
  }
}

static bool listen_to_controller(void) {
  uint8_t packet[HCI_PACKET_BYTES_MAX];
  size_t length;
  for (int type; (type = hci_next(packet, &length)) != 0;) {
    if (type < 0) return false;
    if (type == HCI_EVENT) on_event(packet, length);
    if (type == HCI_ACL) on_data(packet, length);
  }
  return true;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "ble-helper ADAPTER\n");
    return 2;
  }
  const char *fault = hci_open(argv[1]);
  /* Passive, half of the time, from everybody. */
  const uint8_t scanning[7] = {0, 0x60, 0, 0x30, 0, 0, 0};
  if (fault == NULL && hci_run(HCI_LE_SET_SCAN_PARAMETERS, scanning, sizeof scanning) != 0) {
    fault = "it cannot scan";
  }
  if (fault != NULL) {
    helper_say_text(HELPER_FAILED, 0, fault);
    return 1;
  }
  scan_again();
  helper_say_text(HELPER_READY, 0, "");

  /* What the node has given is handed over before the end, to a leaf that is connected. */
  for (bool is_node_there = true; is_node_there || (visit.phase == OPEN && visit.is_sending);) {
    struct pollfd ears[2] = {{.fd = hci_fd(), .events = POLLIN},
                             {.fd = is_node_there ? STDIN_FILENO : -1, .events = POLLIN}};
    poll(ears, 2, 20);
    if (ears[1].revents != 0) is_node_there = helper_listen();
    helper_message message;
    while (helper_next(&message)) take(&message);
    if (!listen_to_controller()) {
      helper_say_text(HELPER_FAILED, 0, "the adapter is gone");
      return 1;
    }
    give_up_old();
    if (visit.phase == OPEN) speak();
    if (visit.phase != SCANNING && now_ms() >= visit.deadline_ms) on_deadline();
    if (visit.phase == SCANNING && is_node_there) choose();
  }
  return 0;
}
