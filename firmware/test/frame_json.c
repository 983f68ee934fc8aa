#include "frame_json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_names.h"
#include "mycel_frame.h"
#include "mycel_sealed.h"

static char *end;
static const char *limit;

static void print(const char *format, ...) {
  va_list args;
  va_start(args, format);
  end += vsnprintf(end, (size_t)(limit - end), format, args);
  va_end(args);
}

static void print_name(const char *name, uint8_t code) {
  if (name != NULL) print("\"%s\"", name);
  else print("\"unknown_0x%02x\"", code);
}

static void print_hex(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) print("%02x", bytes[i]);
}

static int reads_back(const char *decimal, double magnitude) {
  return (double)(float)strtod(decimal, NULL) == magnitude;
}

/* Digits and scale of the shortest decimal: see transports/frame/float32.ts. */
static void shortest(double magnitude, char digits[16], int *scale) {
  for (int count = 1; count <= 9; count++) {
    char text[32], decimal[32];
    snprintf(text, sizeof text, "%.*e", count - 1, magnitude);
    const char *exponent = strchr(text, 'e');
    *scale = atoi(exponent + 1) - (count - 1);
    long whole = 0;
    for (const char *c = text; c < exponent; c++) {
      if (*c != '.') whole = whole * 10 + (*c - '0');
    }
    for (long candidate = whole; candidate <= whole + 1; candidate++) {
      snprintf(decimal, sizeof decimal, "%lde%d", candidate, *scale);
      if (!reads_back(decimal, magnitude)) continue;
      snprintf(digits, 16, "%ld", candidate);
      return;
    }
  }
}

/* As ECMAScript prints numbers: Number::toString, 6.1.6.1.20. */
static void print_number(float value) {
  if (signbit(value)) print("-");
  if (value == 0) {
    print("0");
    return;
  }
  char digits[16] = "";
  int scale = 0;
  const double magnitude = fabs((double)value);
  if (magnitude <= 0x1000000 && floor(magnitude) == magnitude) {
    snprintf(digits, sizeof digits, "%.0f", magnitude);
  } else {
    shortest(magnitude, digits, &scale);
  }
  int count = (int)strlen(digits);
  for (; count > 1 && digits[count - 1] == '0'; count--, scale++) digits[count - 1] = '\0';

  const int point = count + scale;
  if (point > 21 || point <= -6) {
    print("%c%s%s", digits[0], count > 1 ? "." : "", digits + 1);
    print("e%c%d", point > 0 ? '+' : '-', abs(point - 1));
  } else if (point <= 0) {
    print("0.");
    for (int i = point; i < 0; i++) print("0");
    print("%s", digits);
  } else if (point >= count) {
    print("%s", digits);
    for (int i = count; i < point; i++) print("0");
  } else {
    print("%.*s.%s", point, digits, digits + point);
  }
}

static void print_reading(uint8_t channel, float value) {
  print("{\"channel\":");
  print_name(channel_names[channel], channel);
  print(",\"value\":");
  print_number(value);
  print("}");
}

static void print_report(const uint8_t *frame) {
  print(",\"readings\":[");
  for (size_t i = 0; i < mycel_report_count(frame); i++) {
    if (i > 0) print(",");
    print_reading(mycel_report_channel(frame, i), mycel_report_value(frame, i));
  }
  print("]");
}

static void print_hardware(uint8_t hardware) {
  print(",\"hardware\":");
  print_name(hardware_names[hardware], hardware);
}

static void print_capabilities(const uint8_t *codes, size_t count) {
  print(",\"capabilities\":[");
  for (size_t i = 0; i < count; i++) {
    const char *channel = channel_names[codes[i]];
    if (i > 0) print(",");
    print_name(channel != NULL ? channel : actuator_names[codes[i]], codes[i]);
  }
  print("]");
}

static void print_command(uint8_t id, uint32_t arg, const uint8_t *bytes, size_t length) {
  if (command_names[id] == NULL) {
    print(",\"command\":%d,\"argsHex\":\"", id);
    print_hex(bytes, length);
    print("\"");
    return;
  }
  print(",\"command\":\"%s\",\"args\":{", command_names[id]);
  if (id == MYCEL_COMMAND_SET_STATE) print("\"on\":%s", arg != 0 ? "true" : "false");
  else if (command_arg_names[id][0] != '\0') print("\"%s\":%lu", command_arg_names[id], (unsigned long)arg);
  print("}");
}

void frame_json(const uint8_t *frame, size_t length, char line[FRAME_JSON_MAX]) {
  end = line;
  limit = line + FRAME_JSON_MAX;
  const mycel_fault fault = mycel_check_frame(frame, length);
  if (fault != MYCEL_SOUND) {
    print("{\"ok\":false,\"fault\":\"%s\"}", fault_names[fault]);
    return;
  }
  const uint8_t type = mycel_frame_type(frame);
  print("{\"ok\":true,\"version\":%d,\"type\":", MYCEL_FRAME_VERSION);
  if (message_names[type] != NULL) print("\"%s\"", message_names[type]);
  else print("%d", type);
  print(",\"leafId\":%d", mycel_frame_leaf_id(frame));
  switch (type) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      print_report(frame);
      break;
    case MYCEL_MESSAGE_HEARTBEAT:
      print(",\"batteryMv\":%d", mycel_heartbeat_battery_mv(frame));
      print(",\"uptimeS\":%lu", (unsigned long)mycel_heartbeat_uptime_s(frame));
      break;
    case MYCEL_MESSAGE_WAKE_NOTIFY:
      print(",\"wokenLeafId\":%d", mycel_wake_notify_leaf_id(frame));
      break;
    case MYCEL_MESSAGE_REGISTER:
      print_hardware(mycel_register_hardware(frame));
      print_capabilities(frame + MYCEL_AT_PAYLOAD + 2, mycel_register_capability_count(frame));
      break;
    case MYCEL_MESSAGE_COMMAND:
      print_command(mycel_command_id(frame), mycel_command_arg(frame),
                    mycel_command_arg_bytes(frame), mycel_command_arg_length(frame));
      break;
    case MYCEL_MESSAGE_TIME_SYNC:
      print(",\"unixS\":%lu", (unsigned long)mycel_time_sync_unix_s(frame));
      break;
    case MYCEL_MESSAGE_ACK:
    case MYCEL_MESSAGE_WAKE:
      break;
    default:
      print(",\"payloadHex\":\"");
      print_hex(frame + MYCEL_AT_PAYLOAD,
                length - MYCEL_FRAME_HEADER_BYTES - MYCEL_FRAME_CHECKSUM_BYTES);
      print("\"");
  }
  print("}");
}

static void print_groups(const uint8_t *group, const uint8_t *groups_end) {
  print(",\"groups\":[");
  for (int first = 1; group < groups_end; group = mycel_group_end(group), first = 0) {
    print("%s{\"ageMs\":%lu,\"readings\":[", first ? "" : ",",
          (unsigned long)mycel_group_age_ms(group));
    for (size_t i = 0; i < mycel_group_count(group); i++) {
      if (i > 0) print(",");
      print_reading(mycel_group_channel(group, i), mycel_group_value(group, i));
    }
    print("]}");
  }
  print("]");
}

static void print_results(const uint8_t *result, size_t length) {
  print(",\"results\":[");
  for (size_t i = 0; i < length / MYCEL_SEALED_RESULT_BYTES; i++, result += 5) {
    const unsigned long id = result[0] | (unsigned)result[1] << 8 | (unsigned)result[2] << 16 |
                             (unsigned long)result[3] << 24;
    print("%s{\"commandId\":%lu,\"outcome\":", i > 0 ? "," : "", id);
    print_name(outcome_names[result[4]], result[4]);
    print("}");
  }
  print("]");
}

static void print_settings(const uint8_t *setting, const uint8_t *settings_end) {
  print(",\"settings\":[");
  for (int first = 1; setting < settings_end; setting = mycel_setting_end(setting), first = 0) {
    print("%s{\"key\":%d,\"valueHex\":\"", first ? "" : ",", mycel_setting_key(setting));
    print_hex(setting + 2, setting[1]);
    print("\"}");
  }
  print("]");
}

static void print_quoted_hex(const char *name, const uint8_t *bytes, size_t length) {
  print(",\"%s\":\"", name);
  print_hex(bytes, length);
  print("\"");
}

static void print_sealed_payload(const uint8_t *opened, size_t length) {
  const uint8_t *payload = opened + MYCEL_SEALED_AT_PAYLOAD;
  const uint8_t *payload_end = opened + length;
  switch (mycel_sealed_kind(opened)) {
    case MYCEL_SEALED_TYPE_REPORT:
      print_groups(payload, payload_end);
      return;
    case MYCEL_SEALED_TYPE_HEARTBEAT:
      print(",\"batteryMv\":%d", mycel_opened_u16(opened, 0));
      print(",\"uptimeS\":%lu", (unsigned long)mycel_opened_u32(opened, 2));
      print(",\"waiting\":%d", mycel_opened_u16(opened, 6));
      print(",\"dropped\":%d", mycel_opened_u16(opened, 8));
      print(",\"configVersion\":%d", mycel_opened_u16(opened, 10));
      return;
    case MYCEL_SEALED_TYPE_WAKE_NOTIFY:
      print(",\"wokenLeafIds\":[");
      for (size_t i = 0; i < payload[0]; i++) {
        print("%s%d", i > 0 ? "," : "", mycel_opened_u16(opened, 1 + 2 * i));
      }
      print("]");
      return;
    case MYCEL_SEALED_TYPE_REGISTER:
      print_hardware(payload[0]);
      print(",\"flags\":%d", payload[1]);
      print(",\"firmware\":%d", mycel_opened_u16(opened, 2));
      print(",\"configVersion\":%d", mycel_opened_u16(opened, 4));
      print_capabilities(payload + 7, payload[6]);
      return;
    case MYCEL_SEALED_TYPE_RESULT:
      print_results(payload, length - MYCEL_SEALED_AT_PAYLOAD);
      return;
    case MYCEL_SEALED_TYPE_PAIR_REQUEST:
      print_quoted_hex("eui", payload, 8);
      print_quoted_hex("challenge", payload + 8, 8);
      return;
    case MYCEL_SEALED_TYPE_COMMAND:
      print(",\"commandId\":%lu", (unsigned long)mycel_opened_u32(opened, 0));
      print(",\"expiresS\":%d", mycel_opened_u16(opened, 4));
      print_command(payload[6], mycel_sealed_command_arg(opened), payload + 8, payload[7]);
      return;
    case MYCEL_SEALED_TYPE_CONFIG:
      print(",\"configVersion\":%d", mycel_opened_u16(opened, 0));
      print_settings(payload + 2, payload_end);
      return;
    case MYCEL_SEALED_TYPE_TIME_SYNC: {
      const uint64_t high = mycel_opened_u32(opened, 4);
      print(",\"unixMs\":%llu", (unsigned long long)(high << 32 | mycel_opened_u32(opened, 0)));
      return;
    }
    case MYCEL_SEALED_TYPE_REKEY:
      print(",\"newKeyNo\":%d", payload[0]);
      print_quoted_hex("newKey", payload + 1, 16);
      return;
    case MYCEL_SEALED_TYPE_PAIR_ACCEPT:
      print_quoted_hex("challenge", payload, 8);
      print(",\"newLeafId\":%d", mycel_opened_u16(opened, 8));
      print(",\"newKeyNo\":%d", payload[10]);
      print_quoted_hex("newKey", payload + 11, 16);
      return;
    case MYCEL_SEALED_TYPE_ACK:
      print(",\"ackEpoch\":%lu", (unsigned long)mycel_opened_u32(opened, 0));
      print(",\"ackSequence\":%d", mycel_opened_u16(opened, 4));
      print(",\"seenBefore\":%lu", (unsigned long)mycel_opened_u32(opened, 6));
      return;
    case MYCEL_SEALED_TYPE_WAKE:
      return;
    default:
      print_quoted_hex("payloadHex", payload, length - MYCEL_SEALED_AT_PAYLOAD);
  }
}

void sealed_json(const uint8_t key[16], const uint8_t *frame, size_t length,
                 char line[FRAME_JSON_MAX]) {
  uint8_t opened[MYCEL_SEALED_BYTES_MAX];
  size_t opened_length = 0;
  mycel_fault fault = mycel_check_sealed(frame, length);
  if (fault == MYCEL_SOUND) {
    mycel_key expanded;
    mycel_expand_key(&expanded, key);
    opened_length = mycel_open(&expanded, frame, length, opened);
    fault = opened_length == 0 ? MYCEL_BAD_TAG : mycel_check_opened(opened, opened_length);
  }
  end = line;
  limit = line + FRAME_JSON_MAX;
  if (fault != MYCEL_SOUND) {
    print("{\"ok\":false,\"fault\":\"%s\"}", fault_names[fault]);
    return;
  }
  mycel_header header;
  mycel_read_header(opened, &header);
  const uint8_t kind = mycel_sealed_kind(opened);
  print("{\"ok\":true,\"version\":%d,\"type\":", MYCEL_SEALED_VERSION);
  if (sealed_type_names[kind] != NULL) print("\"%s\"", sealed_type_names[kind]);
  else print("%d", kind);
  print(",\"keyNo\":%d,\"leafId\":%d", header.key_no, header.leaf_id);
  print(",\"epoch\":%lu,\"sequence\":%d", (unsigned long)header.epoch, header.sequence);
  if (kind != header.type) print(",\"answer\":true");
  print_sealed_payload(opened, opened_length);
  print("}");
}

static int digit_of(char c) {
  static const char digits[] = "0123456789abcdef";
  const char *at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)(at - digits);
}

int bytes_of_hex(const char *hex, uint8_t *bytes, int max) {
  int count = 0;
  for (; hex[0] != '\0'; hex += 2) {
    const int high = digit_of(hex[0]);
    const int low = digit_of(hex[1]);
    if (high < 0 || low < 0 || count >= max) return -1;
    bytes[count++] = (uint8_t)(high << 4 | low);
  }
  return count;
}
