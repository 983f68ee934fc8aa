#include "frame_json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_names.h"
#include "mycel_frame.h"

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

static void print_report(const uint8_t *frame) {
  print(",\"readings\":[");
  for (size_t i = 0; i < mycel_report_count(frame); i++) {
    const uint8_t channel = mycel_report_channel(frame, i);
    print("%s{\"channel\":", i > 0 ? "," : "");
    print_name(channel_names[channel], channel);
    print(",\"value\":");
    print_number(mycel_report_value(frame, i));
    print("}");
  }
  print("]");
}

static void print_register(const uint8_t *frame) {
  const uint8_t hardware = mycel_register_hardware(frame);
  print(",\"hardware\":");
  print_name(hardware_names[hardware], hardware);
  print(",\"capabilities\":[");
  for (size_t i = 0; i < mycel_register_capability_count(frame); i++) {
    const uint8_t code = mycel_register_capability(frame, i);
    if (i > 0) print(",");
    print_name(channel_names[code] != NULL ? channel_names[code] : actuator_names[code], code);
  }
  print("]");
}

static void print_command(const uint8_t *frame) {
  const uint8_t id = mycel_command_id(frame);
  if (command_names[id] == NULL) {
    print(",\"command\":%d,\"argsHex\":\"", id);
    print_hex(mycel_command_arg_bytes(frame), mycel_command_arg_length(frame));
    print("\"");
    return;
  }
  const uint32_t arg = mycel_command_arg(frame);
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
      print_register(frame);
      break;
    case MYCEL_MESSAGE_COMMAND:
      print_command(frame);
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
