/*
 * Many leaves in one process, faster than a Node process could be: reports of wire v1, over UDP at a
 * given rate or over one TCP connection as fast as it takes them.
 *
 *   leaf_sender udp PORT,PORT... LEAVES RATE SECONDS
 *   leaf_sender tcp PORT LEAVES READINGS FRAMES
 *
 * UDP: LEAVES a hub, each hub on a port of its own, one frame a datagram. The leaves with one id have a
 * socket, so that a hub hears each of its leaves from an address of its own. A report has four readings;
 * two of them say when it was sent:
 *
 *   temperature, humidity, illuminance = us >> 16, sound_level = us & 0xffff      us of CLOCK_MONOTONIC, u32
 *
 * Last line: {"sent":N,"cpuS":X,"seconds":Y}
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mycel_frame.h"
#include "mycel_stream.h"

enum { HUBS_MAX = 256, LEAVES_MAX = 256 };

static double clock_s(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint32_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)((uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {0};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((uint16_t)port);
  return address;
}

/* Header, count, readings, XOR; returns the frame's length. */
static size_t report(uint8_t *frame, uint8_t leaf_id, const uint8_t *channels, const float *values,
                     size_t readings) {
  uint8_t *at = frame;
  *at++ = MYCEL_FRAME_MAGIC;
  *at++ = MYCEL_FRAME_VERSION;
  *at++ = MYCEL_MESSAGE_SENSOR_REPORT;
  *at++ = leaf_id;
  *at++ = (uint8_t)readings;
  for (size_t i = 0; i < readings; i++) {
    *at++ = channels[i];
    memcpy(at, &values[i], 4); /* x64 and arm64 are little-endian, as the wire is */
    at += 4;
  }
  uint8_t check = 0;
  for (const uint8_t *byte = frame; byte < at; byte++) check ^= *byte;
  *at++ = check;
  return (size_t)(at - frame);
}

static void finish(long sent, double started) {
  printf("{\"sent\":%ld,\"cpuS\":%.3f,\"seconds\":%.3f}\n", sent, clock_s(CLOCK_PROCESS_CPUTIME_ID),
         clock_s(CLOCK_MONOTONIC) - started);
}

static void send_udp(const int *numbers, int hubs, int leaves, double rate, double seconds) {
  static const uint8_t channels[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_CHANNEL_HUMIDITY,
                                     MYCEL_CHANNEL_ILLUMINANCE, MYCEL_CHANNEL_SOUND_LEVEL};
  static int sockets[LEAVES_MAX];
  static struct sockaddr_in ports[HUBS_MAX];
  static struct mmsghdr messages[HUBS_MAX];
  uint8_t frame[MYCEL_FRAME_BYTES_MAX];
  struct iovec body = {.iov_base = frame};
  for (int leaf = 0; leaf < leaves; leaf++) {
    sockets[leaf] = socket(AF_INET, SOCK_DGRAM, 0);
    if (sockets[leaf] < 0) fail("socket");
  }
  for (int hub = 0; hub < hubs; hub++) {
    ports[hub] = loopback(numbers[hub]);
    messages[hub].msg_hdr.msg_name = &ports[hub];
    messages[hub].msg_hdr.msg_namelen = sizeof ports[hub];
    messages[hub].msg_hdr.msg_iov = &body;
    messages[hub].msg_hdr.msg_iovlen = 1;
  }
  long sent = 0;
  const double started = clock_s(CLOCK_MONOTONIC);
  for (int leaf = 0;; leaf = (leaf + 1) % leaves) {
    const double due = started + (double)sent / rate;
    double now = clock_s(CLOCK_MONOTONIC);
    if (now - started >= seconds) break;
    if (due > now) {
      const struct timespec wake = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
    }
    const uint32_t us = now_us();
    const float values[] = {21.5f, 40.f, (float)(us >> 16), (float)(us & 0xffff)};
    body.iov_len = report(frame, (uint8_t)leaf, channels, values, 4);
    for (int hub = 0; hub < hubs;) {
      const int taken = sendmmsg(sockets[leaf], messages + hub, (unsigned)(hubs - hub), 0);
      if (taken < 0) fail("sendmmsg");
      hub += taken;
      sent += taken;
    }
  }
  finish(sent, started);
}

static void send_tcp(int port, int leaves, int readings, long frames) {
  /* As many frames as leaves, over and over; each with values of its own. */
  static uint8_t stream[LEAVES_MAX * MYCEL_STREAM_BYTES_MAX];
  size_t ends[LEAVES_MAX];
  size_t length = 0;
  for (int leaf = 0; leaf < leaves; leaf++) {
    uint8_t frame[MYCEL_FRAME_BYTES_MAX], channels[MYCEL_FRAME_READINGS_MAX];
    float values[MYCEL_FRAME_READINGS_MAX];
    for (int i = 0; i < readings; i++) {
      channels[i] = (uint8_t)(1 + i % 14);
      values[i] = 20.f + 0.25f * (float)leaf + (float)i;
    }
    const size_t bytes = report(frame, (uint8_t)leaf, channels, values, (size_t)readings);
    length += mycel_to_stream(frame, bytes, stream + length);
    ends[leaf] = length;
  }
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const struct sockaddr_in hub = loopback(port);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&hub, sizeof hub) < 0) fail("connect");
  const double started = clock_s(CLOCK_MONOTONIC);
  for (long left = frames; left > 0;) {
    const long now = left < leaves ? left : leaves;
    const size_t bytes = ends[now - 1];
    for (size_t at = 0; at < bytes;) {
      const ssize_t taken = write(fd, stream + at, bytes - at);
      if (taken < 0) fail("write");
      at += (size_t)taken;
    }
    left -= now;
  }
  shutdown(fd, SHUT_WR);
  char rest[256];
  while (read(fd, rest, sizeof rest) > 0) continue;
  finish(frames, started);
}

int main(int argc, char **argv) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const char *kind = argc > 1 ? argv[1] : "";
  if (strcmp(kind, "udp") == 0 && argc == 6) {
    static int numbers[HUBS_MAX];
    int hubs = 0;
    for (char *port = strtok(argv[2], ","); port != NULL; port = strtok(NULL, ",")) {
      if (hubs == HUBS_MAX) return 2;
      numbers[hubs++] = atoi(port);
    }
    const int leaves = atoi(argv[3]);
    if (hubs < 1 || leaves < 1 || leaves > LEAVES_MAX) return 2;
    send_udp(numbers, hubs, leaves, atof(argv[4]), atof(argv[5]));
    return 0;
  }
  if (strcmp(kind, "tcp") == 0 && argc == 6) {
    const int leaves = atoi(argv[3]), readings = atoi(argv[4]);
    if (leaves < 1 || leaves > LEAVES_MAX || readings < 1 || readings > MYCEL_FRAME_READINGS_MAX) {
      return 2;
    }
    send_tcp(atoi(argv[2]), leaves, readings, atol(argv[5]));
    return 0;
  }
  fprintf(stderr, "see the head of leaf_sender.c\n");
  return 2;
}
