#include "hci.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../helper/helper_port.h"

/* Linux, include/net/bluetooth/{bluetooth,hci_sock}.h: BlueZ's headers are not on every machine. */
#define PROTOCOL_HCI 1
#define CHANNEL_USER 1
struct address_hci {
  sa_family_t family;
  uint16_t device;
  uint16_t channel;
};

/* A controller answers in a few ms; one that is reset in some hundred. */
#define ANSWER_MS_MAX 2000
/* Advertisements that come while a command is under way. */
#define BACKLOG_MAX 32
#define L2CAP_HEAD_BYTES 4
#define L2CAP_BYTES_MAX 512

typedef struct {
  uint8_t type;
  size_t length;
  uint8_t bytes[HCI_PACKET_BYTES_MAX];
} packet;

static int fd = -1;
static packet backlog[BACKLOG_MAX];
static size_t backlog_first;
static size_t backlog_count;

/* What the controller takes at a time, and how many of those. */
static size_t acl_bytes = 27;
static unsigned acl_slots = 1;
static unsigned acl_under_way;
static uint16_t acl_handle;
static uint8_t out[L2CAP_HEAD_BYTES + L2CAP_BYTES_MAX];
static size_t out_length;
static size_t out_at;
static uint8_t in[L2CAP_HEAD_BYTES + L2CAP_BYTES_MAX];
static size_t in_length;

int hci_fd(void) { return fd; }

static const char *open_socket(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return "its path is too long";
  strcpy(address.sun_path, path);
  fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) return strerror(errno);
  return connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? NULL : strerror(errno);
}

static const char *open_adapter(const char *name) {
  const struct address_hci address = {AF_BLUETOOTH, (uint16_t)atoi(name + 3), CHANNEL_USER};
  fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL_HCI);
  if (fd < 0) return errno == EAFNOSUPPORT ? "this kernel has no Bluetooth" : strerror(errno);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) return NULL;
  if (errno == EBUSY) return "it is up: take it down first, with hciconfig or btmgmt power off";
  if (errno == EPERM) return "this takes the capability CAP_NET_ADMIN";
  return errno == ENODEV ? "there is no such adapter" : strerror(errno);
}

static bool send_packet(uint8_t type, const uint8_t *head, size_t head_bytes, const uint8_t *body,
                        size_t length) {
  uint8_t bytes[HCI_PACKET_BYTES_MAX];
  bytes[0] = type;
  memcpy(bytes + 1, head, head_bytes);
  if (length > 0) memcpy(bytes + 1 + head_bytes, body, length);
  ssize_t sent;
  do sent = write(fd, bytes, 1 + head_bytes + length);
  while (sent < 0 && errno == EINTR);
  return sent > 0;
}

/* 1: a packet; 0: none within `wait_ms`; -1: the controller is gone. */
static int receive(packet *into, int wait_ms) {
  struct pollfd ear = {.fd = fd, .events = POLLIN};
  const int ready = poll(&ear, 1, wait_ms);
  if (ready <= 0) return ready < 0 && errno != EINTR ? -1 : 0;
  uint8_t bytes[HCI_PACKET_BYTES_MAX + 1];
  const ssize_t length = read(fd, bytes, sizeof bytes);
  if (length <= 0) return length < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
  into->type = bytes[0];
  into->length = (size_t)length - 1;
  if (into->length > sizeof into->bytes) return 0;
  memcpy(into->bytes, bytes + 1, into->length);
  return 1;
}

static void keep(const packet *one) {
  /* The oldest goes: it is an advertisement, and comes again. */
  if (backlog_count == BACKLOG_MAX) {
    backlog_first++;
    backlog_count--;
  }
  backlog[(backlog_first + backlog_count++) % BACKLOG_MAX] = *one;
}

/* The status if this event answers the command; -1 otherwise. `answer` gets the parameters behind it. */
static int status_of(const packet *event, uint16_t opcode, const uint8_t **answer) {
  const uint8_t *bytes = event->bytes;
  if (event->type != HCI_EVENT || event->length < 6) return -1;
  if (bytes[0] == HCI_COMMAND_COMPLETE && u16_at(bytes + 3) == opcode) {
    *answer = bytes + 6;
    return bytes[5];
  }
  return bytes[0] == HCI_COMMAND_STATUS && u16_at(bytes + 4) == opcode ? bytes[2] : -1;
}

static int run(uint16_t opcode, const uint8_t *parameters, size_t length, uint8_t *answer,
               size_t answer_length) {
  const uint8_t head[3] = {(uint8_t)opcode, (uint8_t)(opcode >> 8), (uint8_t)length};
  if (!send_packet(HCI_COMMAND, head, sizeof head, parameters, length)) return HCI_SILENT;
  packet one;
  while (receive(&one, ANSWER_MS_MAX) > 0) {
    const uint8_t *found = NULL;
    const int status = status_of(&one, opcode, &found);
    if (status < 0) {
      keep(&one);
      continue;
    }
    const size_t left = found == NULL ? 0 : one.length - 6;
    if (answer_length > left) return status == 0 ? HCI_SILENT : status;
    if (answer_length > 0) memcpy(answer, found, answer_length);
    return status;
  }
  return HCI_SILENT;
}

int hci_run(uint16_t opcode, const uint8_t *parameters, size_t length) {
  return run(opcode, parameters, length, NULL, 0);
}

static const char *begin(void) {
  /* Disconnections, commands, completed packets, LE. */
  const uint8_t events[8] = {0x10, 0xe0, 0x04, 0, 0, 0, 0, 0x20};
  const uint8_t le_events[8] = {0x03};
  uint8_t size[7] = {0};
  if (run(HCI_RESET, NULL, 0, NULL, 0) != 0) return "it does not answer";
  if (run(HCI_SET_EVENT_MASK, events, 8, NULL, 0) != 0) return "it refuses its event mask";
  if (run(HCI_LE_SET_EVENT_MASK, le_events, 8, NULL, 0) != 0) return "it has no Low Energy";
  if (run(HCI_LE_READ_BUFFER_SIZE, NULL, 0, size, 3) != 0) return "it has no Low Energy";
  acl_bytes = u16_at(size);
  acl_slots = size[2];
  if (acl_bytes == 0) {
    /* Shared with classic Bluetooth. */
    if (run(HCI_READ_BUFFER_SIZE, NULL, 0, size, 7) != 0) return "it tells no buffers";
    acl_bytes = u16_at(size);
    acl_slots = u16_at(size + 3);
  }
  if (acl_bytes > HCI_PACKET_BYTES_MAX - 5) acl_bytes = HCI_PACKET_BYTES_MAX - 5;
  return acl_bytes < 27 || acl_slots == 0 ? "it has no buffers" : NULL;
}

const char *hci_open(const char *adapter) {
  char name[108];
  struct stat what;
  const bool is_path = adapter[0] == '/';
  if (is_path && stat(adapter, &what) != 0) return strerror(errno);
  if (is_path) snprintf(name, sizeof name, "mycel-ble:%lu", (unsigned long)what.st_ino);
  else snprintf(name, sizeof name, "mycel-ble:%.80s", adapter);
  if (!helper_lock(name)) return "taken";
  const char *fault = is_path ? open_socket(adapter) : open_adapter(adapter);
  return fault != NULL ? fault : begin();
}

int hci_next(uint8_t *bytes, size_t *length) {
  packet one;
  if (backlog_count > 0) {
    one = backlog[backlog_first++ % BACKLOG_MAX];
    backlog_count--;
  } else {
    const int outcome = receive(&one, 0);
    if (outcome <= 0) return outcome;
  }
  memcpy(bytes, one.bytes, one.length);
  *length = one.length;
  return one.type;
}

void hci_begin_data(uint16_t handle) {
  acl_handle = handle;
  acl_under_way = 0;
  out_length = out_at = 0;
  in_length = 0;
}

bool hci_may_send(void) { return out_at == out_length; }

bool hci_is_delivered(void) { return hci_may_send() && acl_under_way == 0; }

static void pump(void) {
  while (out_at < out_length && acl_under_way < acl_slots) {
    const size_t left = out_length - out_at;
    const size_t bytes = left < acl_bytes ? left : acl_bytes;
    /* 0b00: the first piece of a packet, 0b01: one that goes on. */
    const uint16_t handle = (uint16_t)(acl_handle | (out_at == 0 ? 0 : 0x1000));
    const uint8_t head[4] = {(uint8_t)handle, (uint8_t)(handle >> 8), (uint8_t)bytes,
                             (uint8_t)(bytes >> 8)};
    if (!send_packet(HCI_ACL, head, sizeof head, out + out_at, bytes)) return;
    out_at += bytes;
    acl_under_way++;
  }
}

void hci_send(uint16_t channel, const uint8_t *data, size_t length) {
  if (!hci_may_send() || length > L2CAP_BYTES_MAX) return;
  out[0] = (uint8_t)length;
  out[1] = (uint8_t)(length >> 8);
  out[2] = (uint8_t)channel;
  out[3] = (uint8_t)(channel >> 8);
  memcpy(out + L2CAP_HEAD_BYTES, data, length);
  out_length = L2CAP_HEAD_BYTES + length;
  out_at = 0;
  pump();
}

void hci_completed(uint16_t handle, unsigned packets) {
  if (handle != acl_handle) return;
  acl_under_way = packets > acl_under_way ? 0 : acl_under_way - packets;
  pump();
}

bool hci_assemble(const uint8_t *acl, size_t length, uint16_t *channel, const uint8_t **data,
                  size_t *data_length) {
  if (length < 4) return false;
  const uint16_t head = u16_at(acl);
  const size_t bytes = length - 4;
  if ((head & 0x0fff) != acl_handle || u16_at(acl + 2) != bytes) return false;
  /* 0b01 goes on; what else there is begins a packet. */
  if ((head & 0x3000) != 0x1000) in_length = 0;
  else if (in_length == 0) return false;
  if (in_length + bytes > sizeof in) {
    in_length = 0;
    return false;
  }
  memcpy(in + in_length, acl + 4, bytes);
  in_length += bytes;
  if (in_length < L2CAP_HEAD_BYTES) return false;
  const size_t whole = (size_t)u16_at(in) + L2CAP_HEAD_BYTES;
  if (in_length < whole) return false;
  *channel = u16_at(in + 2);
  *data = in + L2CAP_HEAD_BYTES;
  *data_length = whole - L2CAP_HEAD_BYTES;
  in_length = 0;
  return true;
}
