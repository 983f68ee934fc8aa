#include "mycel_sealed_leaf.h"

#include <math.h>
#include <string.h>

/* An answer takes milliseconds on a LAN, and a second behind a gateway that batches. */
#define ANSWER_MS 3000u
/* Reports that one interval sends after an outage: other leaves want to be heard too. */
#define CATCH_UP_FRAMES_MAX 4
/* What a device without an id says in its pairing request. */
#define NO_LEAF_ID 0xffff

enum { UNSENT, SENT, GONE };

static void ask(mycel_sealed_leaf *leaf);

static uint32_t less(uint32_t value, uint32_t by) { return value > by ? value - by : 0; }

/* Counters are compared by their low 32 bits: a leaf never lags by half of them. */
static uint32_t counter_of(const mycel_sealed_leaf *leaf) {
  return leaf->state.epoch << 16 | leaf->sequence;
}

static void note(mycel_sealed_leaf *leaf) {
  leaf->silent = !leaf->board->save(leaf->board->board.context, &leaf->state);
}

static void jump(mycel_sealed_leaf *leaf, uint32_t epoch) {
  leaf->state.epoch = epoch;
  leaf->sequence = 0;
  note(leaf);
}

static void send(mycel_sealed_leaf *leaf, const uint8_t *frame, size_t length) {
  if (length > 0) leaf->board->board.send(leaf->board->board.context, frame, length);
}

/* Seals the payload that ends at `end` in leaf->frame. 0 while nothing may be sent. */
static size_t seal_under(mycel_sealed_leaf *leaf, const mycel_key *key, uint8_t key_no,
                         uint8_t type, const uint8_t *end) {
  /* A note that failed is tried again before each frame. */
  if (leaf->silent) note(leaf);
  if (leaf->silent) return 0;
  uint8_t *payload = leaf->frame + MYCEL_SEALED_AT_PAYLOAD;
  const mycel_header header = {type, key_no, leaf->state.leaf_id, leaf->state.epoch,
                               leaf->sequence};
  const size_t length = mycel_seal(key, &header, payload, (size_t)(end - payload), leaf->frame);
  if (leaf->sequence == MYCEL_SEALED_SEQUENCE_MAX) jump(leaf, leaf->state.epoch + 1);
  else leaf->sequence++;
  return length;
}

static size_t seal(mycel_sealed_leaf *leaf, uint8_t type, const uint8_t *end) {
  return seal_under(leaf, &leaf->key, leaf->state.key_no, type, end);
}

static mycel_kept *kept_at(mycel_sealed_leaf *leaf, uint16_t index) {
  return &leaf->kept[(leaf->kept_first + index) % MYCEL_KEPT];
}

static void forget_first(mycel_sealed_leaf *leaf) {
  if (kept_at(leaf, 0)->state != GONE && leaf->dropped < 0xffff) leaf->dropped++;
  leaf->kept_first = (uint16_t)((leaf->kept_first + 1) % MYCEL_KEPT);
  leaf->kept_count--;
}

static uint16_t unsent(mycel_sealed_leaf *leaf) {
  uint16_t count = 0;
  for (uint16_t i = 0; i < leaf->kept_count; i++) count += kept_at(leaf, i)->state == UNSENT;
  return count;
}

/* One sensor without an answer, a NaN, must not cost the report of the others. */
static void measure(mycel_sealed_leaf *leaf) {
  const mycel_board *board = &leaf->board->board;
  if (leaf->kept_count == MYCEL_KEPT) forget_first(leaf);
  mycel_kept *kept = kept_at(leaf, leaf->kept_count++);
  const size_t measured =
      board->measure(board->context, kept->channels, kept->values, MYCEL_KEPT_READINGS);
  kept->at_ms = leaf->clock_ms;
  kept->state = UNSENT;
  kept->count = 0;
  for (size_t i = 0; i < measured; i++) {
    if (!isfinite(kept->values[i])) continue;
    kept->channels[kept->count] = kept->channels[i];
    kept->values[kept->count++] = kept->values[i];
  }
}

/* Groups of as many unsent measurements as fit, oldest first. */
static void send_report(mycel_sealed_leaf *leaf) {
  uint8_t *at = leaf->frame + MYCEL_SEALED_AT_PAYLOAD;
  const uint8_t *room = at + MYCEL_SEALED_PAYLOAD_BYTES_MAX;
  for (uint16_t i = 0; i < leaf->kept_count; i++) {
    mycel_kept *kept = kept_at(leaf, i);
    if (kept->state != UNSENT) continue;
    if (room - at < MYCEL_SEALED_GROUP_HEADER_BYTES + kept->count * MYCEL_SEALED_READING_BYTES) {
      break;
    }
    at = mycel_put_group(at, leaf->clock_ms - kept->at_ms, kept->channels, kept->values,
                         kept->count);
    kept->state = SENT;
    kept->counter = counter_of(leaf);
    kept->key_no = leaf->state.key_no;
  }
  send(leaf, leaf->frame, seal(leaf, MYCEL_SEALED_TYPE_REPORT, at));
  leaf->reports++;
}

static uint8_t heartbeat_every(const mycel_sealed_leaf *leaf) {
  const uint16_t every = leaf->state.heartbeat_every;
  if (every == 0) return MYCEL_LEAF_REPORTS_PER_HEARTBEAT;
  return every < MYCEL_SEALED_HEARTBEAT_EVERY_MAX ? (uint8_t)every
                                                  : MYCEL_SEALED_HEARTBEAT_EVERY_MAX;
}

static void send_kept(mycel_sealed_leaf *leaf) {
  for (uint8_t n = 0; n < CATCH_UP_FRAMES_MAX && unsent(leaf) > 0 && !leaf->silent; n++) {
    /* What the next answer would not reach back to is not sent before the last one is here. */
    if (counter_of(leaf) - leaf->last_ask > MYCEL_SEALED_SEEN_FRAMES) break;
    send_report(leaf);
  }
  if (leaf->reports >= heartbeat_every(leaf) || leaf->kept_count > MYCEL_KEPT / 2) ask(leaf);
}

/* A frame that is to be answered; one that was not is sent again, byte for byte. */
static void ask(mycel_sealed_leaf *leaf) {
  if (leaf->asking && leaf->answer_ms > 0) return;
  if (!leaf->asking) {
    const mycel_sealed_board *board = leaf->board;
    uint8_t *payload = leaf->frame + MYCEL_SEALED_AT_PAYLOAD;
    const uint32_t counter = counter_of(leaf);
    size_t length;
    if (leaf->registered) {
      const uint8_t *end =
          mycel_put_beat(payload, board->board.battery_mv(board->board.context), leaf->uptime_s,
                         unsent(leaf), leaf->dropped, leaf->state.config_version);
      length = seal(leaf, MYCEL_SEALED_TYPE_HEARTBEAT | MYCEL_SEALED_ANSWER_BIT, end);
    } else {
      const size_t most = MYCEL_ASK_BYTES_MAX - MYCEL_SEALED_BYTES_MIN -
                          MYCEL_SEALED_PAYLOAD_BYTES_REGISTER;
      const size_t count = board->board.capability_count;
      const uint8_t *end = mycel_put_register(
          payload, board->board.hardware, board->flags, board->firmware,
          leaf->state.config_version, board->board.capabilities, count < most ? count : most);
      length = seal(leaf, MYCEL_SEALED_TYPE_REGISTER | MYCEL_SEALED_ANSWER_BIT, end);
    }
    if (length == 0) return;
    memcpy(leaf->ask, leaf->frame, length);
    leaf->ask_length = (uint8_t)length;
    leaf->asked = leaf->last_ask = counter;
    leaf->asking = true;
    leaf->reports = 0;
  }
  leaf->answer_ms = ANSWER_MS;
  send(leaf, leaf->ask, leaf->ask_length);
}

static void ask_anew(mycel_sealed_leaf *leaf) {
  leaf->asking = false;
  ask(leaf);
}

static void report(mycel_sealed_leaf *leaf) {
  measure(leaf);
  if (leaf->asking && leaf->answer_ms == 0) leaf->away = true;
  if (leaf->away) ask(leaf);
  else send_kept(leaf);
}

/* A new request, with a challenge of its own. */
static void pair(mycel_sealed_leaf *leaf) {
  const mycel_sealed_board *board = leaf->board;
  uint8_t raw[MYCEL_SEALED_KEY_BYTES];
  mycel_pairing_key(raw, board->install_code);
  mycel_expand_key(&leaf->key, raw);
  board->random(board->board.context, leaf->challenge, sizeof leaf->challenge);
  leaf->pairing = true;
  const uint8_t *end = mycel_put_pair_request(leaf->frame + MYCEL_SEALED_AT_PAYLOAD, board->eui,
                                              leaf->challenge);
  send(leaf, leaf->frame,
       seal_under(leaf, &leaf->key, 0, MYCEL_SEALED_TYPE_PAIR_REQUEST, end));
}

/* What a restart forgets, beside the clock. */
static void begin(mycel_sealed_leaf *leaf) {
  const uint16_t interval_s = leaf->state.interval_s;
  leaf->interval_ms = interval_s > 0 ? interval_s * (uint32_t)1000 : leaf->build_interval_ms;
  leaf->uptime_ms = leaf->uptime_s = leaf->wait_ms = leaf->sleep_ms = leaf->answer_ms = 0;
  leaf->registered = leaf->asking = leaf->pairing = false;
  leaf->away = true;
  leaf->reports = 0;
  jump(leaf, leaf->state.epoch + 1);
  leaf->asked = leaf->last_ask = counter_of(leaf);
}

void mycel_sealed_leaf_start(mycel_sealed_leaf *leaf, const mycel_sealed_board *board,
                             uint32_t interval_ms, uint32_t now_ms) {
  memset(leaf, 0, sizeof *leaf);
  leaf->board = board;
  leaf->build_interval_ms = interval_ms;
  leaf->clock_ms = now_ms;
  leaf->state.leaf_id = NO_LEAF_ID;
  board->load(board->board.context, &leaf->state);
  if (leaf->state.key_no != 0) mycel_expand_key(&leaf->key, leaf->state.key);
  if (leaf->state.has_command) {
    leaf->command_ids[0] = leaf->command_floor = leaf->state.command_id;
    leaf->command_outcomes[0] = leaf->state.command_outcome;
    leaf->command_count = 1;
    leaf->has_floor = true;
  }
  begin(leaf);
}

/* Differences of an unsigned clock stay right when it runs over. */
static void pass_time(mycel_sealed_leaf *leaf, uint32_t now_ms) {
  const uint32_t passed_ms = now_ms - leaf->clock_ms;
  leaf->clock_ms = now_ms;
  leaf->uptime_ms += passed_ms % 1000;
  leaf->uptime_s += passed_ms / 1000 + leaf->uptime_ms / 1000;
  leaf->uptime_ms %= 1000;
  leaf->wait_ms = less(leaf->wait_ms, passed_ms);
  leaf->answer_ms = less(leaf->answer_ms, passed_ms);
  if (leaf->sleep_ms > 0 && (leaf->sleep_ms = less(leaf->sleep_ms, passed_ms)) == 0) {
    leaf->wait_ms = 0;
    if (leaf->state.key_no != 0) {
      uint8_t *payload = leaf->frame + MYCEL_SEALED_AT_PAYLOAD;
      payload[0] = 1;
      payload[1] = (uint8_t)leaf->state.leaf_id;
      payload[2] = (uint8_t)(leaf->state.leaf_id >> 8);
      send(leaf, leaf->frame, seal(leaf, MYCEL_SEALED_TYPE_WAKE_NOTIFY, payload + 3));
    }
  }
}

uint32_t mycel_sealed_leaf_tick(mycel_sealed_leaf *leaf, uint32_t now_ms) {
  pass_time(leaf, now_ms);
  if (leaf->sleep_ms > 0) return leaf->sleep_ms;
  if (leaf->wait_ms == 0) {
    if (leaf->state.key_no == 0) pair(leaf);
    else report(leaf);
    leaf->wait_ms = leaf->interval_ms;
  }
  return leaf->wait_ms;
}

static void take_key(mycel_sealed_leaf *leaf, const uint8_t *key_no_and_key) {
  leaf->state.key_no = key_no_and_key[0];
  memcpy(leaf->state.key, key_no_and_key + 1, MYCEL_SEALED_KEY_BYTES);
  mycel_expand_key(&leaf->key, leaf->state.key);
  note(leaf);
}

static void take_pair_accept(mycel_sealed_leaf *leaf, const uint8_t *frame, size_t length) {
  uint8_t *opened = leaf->frame;
  mycel_header header;
  if (!leaf->pairing || leaf->state.key_no != 0 || frame[MYCEL_SEALED_AT_KEY_NO] != 0) return;
  /* leaf->key is the pairing key until there is another. */
  const size_t opened_length = mycel_open(&leaf->key, frame, length, opened);
  if (opened_length == 0 || mycel_check_opened(opened, opened_length) != MYCEL_SOUND) return;
  const uint8_t *payload = opened + MYCEL_SEALED_AT_PAYLOAD;
  if (memcmp(payload, leaf->challenge, sizeof leaf->challenge) != 0 || payload[10] == 0) return;
  mycel_read_header(opened, &header);
  leaf->pairing = false;
  leaf->state.hub_epoch = header.epoch;
  leaf->state.hub_sequence = header.sequence;
  leaf->state.leaf_id = mycel_opened_u16(opened, 8);
  leaf->state.before_no = 0;
  take_key(leaf, payload + 10);
  leaf->registered = false;
  ask_anew(leaf);
}

/* One of the number in force that came under it changes nothing: it was sent again. */
static void take_rekey(mycel_sealed_leaf *leaf, uint8_t under_no) {
  const uint8_t *payload = leaf->frame + MYCEL_SEALED_AT_PAYLOAD;
  const bool is_new = payload[0] != 0 && payload[0] != under_no;
  if (is_new) {
    if (under_no == leaf->state.key_no) {
      leaf->state.before_no = leaf->state.key_no;
      memcpy(leaf->state.before, leaf->state.key, MYCEL_SEALED_KEY_BYTES);
    }
    take_key(leaf, payload);
  }
  /* The first frame under the new key tells the hub that it has arrived. */
  ask_anew(leaf);
}

static void configure(mycel_sealed_leaf *leaf, size_t length) {
  const uint8_t *opened = leaf->frame;
  const uint8_t *end = opened + length;
  const uint16_t version = mycel_opened_u16(opened, 0);
  /* As sequence numbers are compared: the half below is older. */
  const uint16_t ahead = (uint16_t)(version - leaf->state.config_version);
  if (ahead > 0 && ahead < 0x8000) {
    for (const uint8_t *at = opened + MYCEL_SEALED_AT_PAYLOAD + 2; at < end;
         at = mycel_setting_end(at)) {
      const uint32_t value = mycel_setting_value(at);
      if (value == 0 || value > 0xffff) continue;
      if (mycel_setting_key(at) == MYCEL_CONFIG_INTERVAL_S) {
        leaf->state.interval_s = (uint16_t)value;
        leaf->interval_ms = leaf->wait_ms = value * 1000u;
      }
      if (mycel_setting_key(at) == MYCEL_CONFIG_HEARTBEAT_EVERY) {
        leaf->state.heartbeat_every = (uint16_t)value;
      }
    }
    leaf->state.config_version = version;
    note(leaf);
  }
  ask_anew(leaf);
}

static void take_answer(mycel_sealed_leaf *leaf) {
  const uint8_t *opened = leaf->frame;
  const uint8_t key_no = opened[MYCEL_SEALED_AT_KEY_NO];
  const uint32_t epoch = mycel_opened_u32(opened, 0);
  const uint16_t sequence = mycel_opened_u16(opened, 4);
  const uint32_t seen = mycel_opened_u32(opened, 6);
  const uint32_t counter = epoch << 16 | sequence;
  const bool is_above = epoch > leaf->state.epoch ||
                        (epoch == leaf->state.epoch && sequence >= leaf->sequence);
  for (uint16_t i = 0; i < leaf->kept_count; i++) {
    mycel_kept *kept = kept_at(leaf, i);
    const uint32_t back = counter - 1 - kept->counter;
    /* Sent after it: a difference that runs over. */
    if (kept->state != SENT || (!is_above && back > 0x7fffffff && counter != kept->counter)) {
      continue;
    }
    const bool is_lost = back < MYCEL_SEALED_SEEN_FRAMES && kept->key_no == key_no && !is_above &&
                         (seen >> back & 1) == 0;
    kept->state = is_lost ? UNSENT : GONE;
  }
  while (leaf->kept_count > 0 && kept_at(leaf, 0)->state == GONE) forget_first(leaf);
  if (is_above) {
    /* The hub refuses all up to there: what it was asked has to be asked again. */
    jump(leaf, epoch + 1);
    leaf->last_ask = counter_of(leaf);
    ask_anew(leaf);
    return;
  }
  if (!leaf->asking || counter != leaf->asked) return;
  leaf->asking = false;
  leaf->registered = true;
  if (!leaf->away) return;
  leaf->away = false;
  /* So that the next answer reaches back to all that was sent since this question. */
  ask(leaf);
  send_kept(leaf);
}

static uint8_t judge(const mycel_sealed_leaf *leaf, uint8_t command, uint32_t arg) {
  const mycel_board *board = &leaf->board->board;
  switch (command) {
    case MYCEL_COMMAND_SET_STATE:
      return board->set_state != NULL ? MYCEL_OUTCOME_APPLIED : MYCEL_OUTCOME_NOT_ABLE;
    case MYCEL_COMMAND_SET_PWM:
      return board->set_pwm != NULL ? MYCEL_OUTCOME_APPLIED : MYCEL_OUTCOME_NOT_ABLE;
    case MYCEL_COMMAND_SET_INTERVAL:
    case MYCEL_COMMAND_DEEP_SLEEP:
      return arg > 0 ? MYCEL_OUTCOME_APPLIED : MYCEL_OUTCOME_BAD_ARGUMENT;
    case MYCEL_COMMAND_READ_NOW:
    case MYCEL_COMMAND_RESET:
      return MYCEL_OUTCOME_APPLIED;
    default:
      return MYCEL_OUTCOME_UNKNOWN_COMMAND;
  }
}

/* Forgets the lowest id when there is no room, and calls all up to it stale. */
static void remember(mycel_sealed_leaf *leaf, uint32_t id, uint8_t outcome) {
  uint8_t slot = leaf->command_count;
  if (slot == MYCEL_SEALED_COMMAND_MEMORY) {
    slot = 0;
    for (uint8_t i = 1; i < MYCEL_SEALED_COMMAND_MEMORY; i++) {
      if (leaf->command_ids[i] < leaf->command_ids[slot]) slot = i;
    }
    const bool is_lower = id < leaf->command_ids[slot];
    const uint32_t lowest = is_lower ? id : leaf->command_ids[slot];
    if (!leaf->has_floor || lowest > leaf->command_floor) leaf->command_floor = lowest;
    leaf->has_floor = true;
    if (is_lower) return;
  } else {
    leaf->command_count++;
  }
  leaf->command_ids[slot] = id;
  leaf->command_outcomes[slot] = outcome;
  if (!leaf->state.has_command || id > leaf->state.command_id) {
    leaf->state.command_id = id;
    leaf->state.command_outcome = outcome;
    leaf->state.has_command = 1;
  }
}

static void carry_out(mycel_sealed_leaf *leaf, uint8_t command, uint32_t arg) {
  const mycel_board *board = &leaf->board->board;
  switch (command) {
    case MYCEL_COMMAND_SET_STATE:
      board->set_state(board->context, arg != 0);
      break;
    case MYCEL_COMMAND_SET_PWM:
      board->set_pwm(board->context, (uint16_t)arg);
      break;
    case MYCEL_COMMAND_READ_NOW:
      leaf->wait_ms = 0;
      break;
    case MYCEL_COMMAND_SET_INTERVAL:
      leaf->interval_ms = leaf->wait_ms = arg * 1000u;
      break;
    case MYCEL_COMMAND_DEEP_SLEEP:
      leaf->sleep_ms = arg;
      break;
    default:
      begin(leaf);
  }
}

static void obey(mycel_sealed_leaf *leaf) {
  const uint8_t *opened = leaf->frame;
  const uint32_t id = mycel_opened_u32(opened, 0);
  const uint8_t command = mycel_opened_u8(opened, 6);
  const uint32_t arg = mycel_sealed_command_arg(opened);
  uint8_t outcome = MYCEL_OUTCOME_STALE;
  bool is_new = !leaf->has_floor || id > leaf->command_floor;
  for (uint8_t i = 0; i < leaf->command_count; i++) {
    if (leaf->command_ids[i] != id) continue;
    outcome = leaf->command_outcomes[i];
    is_new = false;
  }
  if (is_new) {
    outcome = judge(leaf, command, arg);
    remember(leaf, id, outcome);
    /* Noted before it is run: a leaf that loses its power in between runs it not at all. */
    note(leaf);
    if (leaf->silent) return;
  }
  const uint8_t *end = mycel_put_result(leaf->frame + MYCEL_SEALED_AT_PAYLOAD, id, outcome);
  send(leaf, leaf->frame, seal(leaf, MYCEL_SEALED_TYPE_RESULT, end));
  if (is_new && outcome == MYCEL_OUTCOME_APPLIED) carry_out(leaf, command, arg);
}

/* Into leaf->frame; 0 for what is not right under a key of this leaf, or not above the last. */
static size_t open_from_hub(mycel_sealed_leaf *leaf, const uint8_t *frame, size_t length) {
  mycel_leaf_state *state = &leaf->state;
  mycel_header header;
  mycel_key before;
  mycel_read_header(frame, &header);
  if (state->key_no == 0 || header.leaf_id != state->leaf_id) return 0;
  if (header.epoch < state->hub_epoch ||
      (header.epoch == state->hub_epoch && header.sequence <= state->hub_sequence)) {
    return 0;
  }
  const bool is_before = header.key_no == state->before_no && header.key_no != state->key_no;
  if (header.key_no == 0 || (header.key_no != state->key_no && !is_before)) return 0;
  if (is_before) mycel_expand_key(&before, state->before);
  const size_t opened = mycel_open(is_before ? &before : &leaf->key, frame, length, leaf->frame);
  if (opened == 0 || mycel_check_opened(leaf->frame, opened) != MYCEL_SOUND) return 0;
  state->hub_epoch = header.epoch;
  state->hub_sequence = header.sequence;
  if (!is_before && state->before_no != 0) {
    state->before_no = 0;
    memset(state->before, 0, sizeof state->before);
    note(leaf);
  }
  return opened;
}

void mycel_sealed_leaf_receive(mycel_sealed_leaf *leaf, const uint8_t *frame, size_t length,
                               uint32_t now_ms) {
  pass_time(leaf, now_ms);
  if (leaf->sleep_ms > 0 || mycel_check_sealed(frame, length) != MYCEL_SOUND) return;
  const uint8_t kind = mycel_sealed_kind(frame);
  if (kind == MYCEL_SEALED_TYPE_PAIR_ACCEPT) {
    take_pair_accept(leaf, frame, length);
    return;
  }
  if (kind < MYCEL_SEALED_HUB_BIT) return;
  const size_t opened = open_from_hub(leaf, frame, length);
  if (opened == 0) return;
  switch (kind) {
    case MYCEL_SEALED_TYPE_ACK:
      take_answer(leaf);
      break;
    case MYCEL_SEALED_TYPE_COMMAND:
      obey(leaf);
      break;
    case MYCEL_SEALED_TYPE_CONFIG:
      configure(leaf, opened);
      break;
    case MYCEL_SEALED_TYPE_REKEY:
      take_rekey(leaf, frame[MYCEL_SEALED_AT_KEY_NO]);
      break;
    case MYCEL_SEALED_TYPE_TIME_SYNC:
      if (leaf->board->board.set_clock != NULL) {
        const uint64_t ms = (uint64_t)mycel_opened_u32(leaf->frame, 4) << 32 |
                            mycel_opened_u32(leaf->frame, 0);
        leaf->board->board.set_clock(leaf->board->board.context, (uint32_t)(ms / 1000));
      }
      break;
    case MYCEL_SEALED_TYPE_WAKE:
      leaf->wait_ms = 0;
      break;
    default:
      break;
  }
}
