#include "mycel_i2c.h"

#include <string.h>

#include "mycel_stream.h"

void mycel_i2c_leaf_start(mycel_i2c_leaf *leaf, uint8_t *outbox, size_t outbox_bytes,
                          uint8_t *inbox, uint8_t inbox_bytes) {
  memset(leaf, 0, sizeof *leaf);
  leaf->outbox = outbox;
  leaf->outbox_mask = (uint8_t)(outbox_bytes - 1);
  leaf->inbox = inbox;
  leaf->inbox_bytes = inbox_bytes;
}

bool mycel_i2c_offer(mycel_i2c_leaf *leaf, const uint8_t *frame, size_t length) {
  uint8_t tail = leaf->tail;
  const uint8_t used = (uint8_t)(tail - leaf->head);
  /* One byte of the ring stays free: a full one would look empty in 256 bytes. */
  if (length == 0 || used + 1u + length > leaf->outbox_mask) {
    if (leaf->dropped < 255) leaf->dropped++;
    return false;
  }
  leaf->outbox[tail++ & leaf->outbox_mask] = (uint8_t)length;
  for (size_t i = 0; i < length; i++) leaf->outbox[tail++ & leaf->outbox_mask] = frame[i];
  leaf->tail = tail;
  return true;
}

size_t mycel_i2c_take(const mycel_i2c_leaf *leaf) { return leaf->inbox_length; }

void mycel_i2c_done(mycel_i2c_leaf *leaf) { leaf->inbox_length = 0; }

static uint8_t waiting_bytes(const mycel_i2c_leaf *leaf) {
  return leaf->head == leaf->tail ? 0 : leaf->outbox[leaf->head & leaf->outbox_mask];
}

void mycel_i2c_on_address(mycel_i2c_leaf *leaf, bool reads) {
  mycel_i2c_on_stop(leaf);
  /* Once a transfer: what is offered during it must not change it. */
  if (reads) leaf->waiting = waiting_bytes(leaf);
  leaf->at = 0;
  leaf->crc = MYCEL_STREAM_CRC_START;
}

static uint8_t status_byte(const mycel_i2c_leaf *leaf, uint16_t at) {
  switch (at) {
    case 0:
      return MYCEL_I2C_MAGIC;
    case 1:
      return MYCEL_I2C_LAYOUT;
    case 2:
      return leaf->out_counter;
    case 3:
      return leaf->waiting;
    case 4:
      return leaf->in_counter;
    default:
      return leaf->dropped;
  }
}

static uint8_t outbox_byte(const mycel_i2c_leaf *leaf, uint16_t at) {
  if (at == 0) return leaf->out_counter;
  if (at == 1) return leaf->waiting;
  return leaf->outbox[(uint8_t)(leaf->head + at - 1) & leaf->outbox_mask];
}

uint8_t mycel_i2c_on_read(mycel_i2c_leaf *leaf) {
  const bool outbox = leaf->selected == MYCEL_I2C_OUTBOX;
  if (!outbox && leaf->selected != MYCEL_I2C_STATUS) return 0xff;
  const uint16_t bytes = outbox ? (uint16_t)(leaf->waiting + 2) : MYCEL_I2C_STATUS_BYTES - 2;
  const uint16_t at = leaf->at++;
  if (at == bytes) return (uint8_t)leaf->crc;
  if (at == bytes + 1) return (uint8_t)(leaf->crc >> 8);
  if (at > bytes) {
    leaf->at = at;
    return 0xff;
  }
  const uint8_t byte = outbox ? outbox_byte(leaf, at) : status_byte(leaf, at);
  leaf->crc = mycel_crc16_add(leaf->crc, byte);
  return byte;
}

/* Register, number, and in INBOX length and frame; then the CRC, which makes it sound. */
void mycel_i2c_on_write(mycel_i2c_leaf *leaf, uint8_t byte) {
  const uint16_t at = leaf->at;
  if (at == 0) {
    /* Once a transfer too: room that comes in the midst of a frame is too late for it. */
    leaf->open = leaf->inbox_length == 0;
    leaf->selected = byte;
    leaf->crc_at = byte == MYCEL_I2C_INBOX ? 3 : 2;
  } else if (at == 1) {
    leaf->number = byte;
  } else if (at == 2 && leaf->selected == MYCEL_I2C_INBOX) {
    leaf->crc_at = (uint16_t)(3 + byte);
  } else if (at < leaf->crc_at && leaf->open && at - 3 < leaf->inbox_bytes) {
    leaf->inbox[at - 3] = byte;
  }
  if (at < leaf->crc_at) leaf->crc = mycel_crc16_add(leaf->crc, byte);
  else if (at == leaf->crc_at) leaf->crc ^= byte;
  else if (at == leaf->crc_at + 1) leaf->crc ^= (uint16_t)(byte << 8);
  leaf->sound = at == leaf->crc_at + 1 && leaf->crc == 0;
  /* Past the CRC it stays past, however long the master goes on. */
  if (at < leaf->crc_at + 2) leaf->at++;
}

void mycel_i2c_on_stop(mycel_i2c_leaf *leaf) {
  if (!leaf->sound) return;
  leaf->sound = false;
  if (leaf->selected == MYCEL_I2C_TAKEN) {
    const uint8_t bytes = waiting_bytes(leaf);
    if (bytes == 0 || leaf->number != leaf->out_counter) return;
    leaf->head = (uint8_t)(leaf->head + 1 + bytes);
    leaf->out_counter++;
  } else if (leaf->selected == MYCEL_I2C_INBOX) {
    const uint16_t length = (uint16_t)(leaf->crc_at - 3);
    if (!leaf->open || length == 0 || length > leaf->inbox_bytes) return;
    if (leaf->number == leaf->in_counter) return;
    leaf->in_counter = leaf->number;
    leaf->inbox_length = (uint8_t)length;
  }
}

static mycel_i2c_event bus_event(mycel_bus_outcome outcome) {
  return outcome == MYCEL_BUS_ABSENT ? MYCEL_I2C_ABSENT : MYCEL_I2C_TIMEOUT;
}

static bool crc_fits(const uint8_t *bytes, size_t length) {
  return mycel_crc16(bytes, length) == (uint16_t)(bytes[length] | bytes[length + 1] << 8);
}

/* MYCEL_I2C_FRAME: `hub->transfer` holds the register's bytes, without fault. */
static mycel_i2c_event read_register(mycel_i2c_hub *hub, uint8_t number, size_t length) {
  const mycel_bus_outcome outcome =
      hub->bus->i2c(hub->bus->context, hub->address, &number, 1, hub->transfer, length);
  if (outcome != MYCEL_BUS_OK) return bus_event(outcome);
  return crc_fits(hub->transfer, length - 2) ? MYCEL_I2C_FRAME : MYCEL_I2C_BAD_CRC;
}

static mycel_i2c_event read_status(mycel_i2c_hub *hub) {
  const mycel_i2c_event event = read_register(hub, MYCEL_I2C_STATUS, MYCEL_I2C_STATUS_BYTES);
  /* Of two wrong things it is the wrong magic that says more. */
  if (event == MYCEL_I2C_FRAME || event == MYCEL_I2C_BAD_CRC) {
    if (hub->transfer[0] != MYCEL_I2C_MAGIC || hub->transfer[1] != MYCEL_I2C_LAYOUT) {
      return MYCEL_I2C_FOREIGN;
    }
  }
  if (event == MYCEL_I2C_FRAME) hub->dropped = hub->transfer[5];
  return event;
}

/* `bytes` has room for the CRC behind them. */
static mycel_bus_outcome write_register(const mycel_i2c_hub *hub, uint8_t *bytes, size_t length) {
  const uint16_t crc = mycel_crc16(bytes, length);
  bytes[length] = (uint8_t)crc;
  bytes[length + 1] = (uint8_t)(crc >> 8);
  return hub->bus->i2c(hub->bus->context, hub->address, bytes, length + 2, NULL, 0);
}

/* Lost or damaged, it is said again when the same frame is found again. */
static void say_taken(const mycel_i2c_hub *hub, uint8_t counter) {
  uint8_t bytes[4] = {MYCEL_I2C_TAKEN, counter};
  write_register(hub, bytes, 2);
}

mycel_i2c_event mycel_i2c_poll(mycel_i2c_hub *hub, const uint8_t **frame, size_t *length) {
  mycel_i2c_event event = read_status(hub);
  if (event != MYCEL_I2C_FRAME) return event;
  const uint8_t counter = hub->transfer[2];
  const uint8_t waiting = hub->transfer[3];
  if (waiting == 0) return MYCEL_I2C_NOTHING;
  if (waiting > MYCEL_I2C_FRAME_BYTES_MAX) return MYCEL_I2C_BAD_LENGTH;
  event = read_register(hub, MYCEL_I2C_OUTBOX, (size_t)waiting + MYCEL_I2C_PACKET_BYTES);
  if (event != MYCEL_I2C_FRAME) return event;
  if (hub->transfer[0] != counter || hub->transfer[1] != waiting) return MYCEL_I2C_BAD_LENGTH;
  const uint16_t crc = mycel_crc16(hub->transfer, (size_t)waiting + 2);
  const bool again = hub->has_passed && counter == hub->passed_counter && crc == hub->passed_crc;
  hub->has_passed = true;
  hub->passed_counter = counter;
  hub->passed_crc = crc;
  say_taken(hub, counter);
  if (again) return MYCEL_I2C_NOTHING;
  *frame = hub->transfer + 2;
  *length = waiting;
  return MYCEL_I2C_FRAME;
}

mycel_i2c_event mycel_i2c_put(mycel_i2c_hub *hub, const uint8_t *frame, size_t length) {
  if (length == 0 || length > MYCEL_I2C_FRAME_BYTES_MAX) return MYCEL_I2C_BAD_LENGTH;
  const uint16_t crc = mycel_crc16(frame, length);
  mycel_i2c_event event = read_status(hub);
  if (event != MYCEL_I2C_FRAME) return event;
  /* It came over the last time, only its STATUS did not. */
  if (hub->put_number != 0 && hub->put_number == hub->transfer[4] && hub->put_crc == crc) {
    hub->put_number = 0;
    return MYCEL_I2C_FRAME;
  }
  /* 0 is what a leaf says that has just booted. */
  const uint8_t number = hub->transfer[4] == 255 ? 1 : (uint8_t)(hub->transfer[4] + 1);
  hub->put_number = number;
  hub->put_crc = crc;
  hub->transfer[0] = MYCEL_I2C_INBOX;
  hub->transfer[1] = number;
  hub->transfer[2] = (uint8_t)length;
  memcpy(hub->transfer + 3, frame, length);
  const mycel_bus_outcome outcome = write_register(hub, hub->transfer, length + 3);
  if (outcome != MYCEL_BUS_OK) return bus_event(outcome);
  event = read_status(hub);
  if (event != MYCEL_I2C_FRAME) return event;
  hub->put_number = 0;
  return hub->transfer[4] == number ? MYCEL_I2C_FRAME : MYCEL_I2C_FULL;
}
