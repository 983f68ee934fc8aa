/* The gateway's way to the node: UDP over Wi-Fi (uplink_udp.c) or serial (uplink_uart.c). */
#ifndef UPLINK_H
#define UPLINK_H

#include <stddef.h>
#include <stdint.h>

/* Joins the access point, where there is one; before it ESP-NOW does not work. */
void uplink_start(void);
void uplink_send(const uint8_t *envelope, size_t length);
/* An envelope that came, 0 for none; never waits. */
size_t uplink_receive(uint8_t *envelope, size_t max);

#endif
