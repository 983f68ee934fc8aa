/* The way of a leaf's frames: ESP-NOW (radio_espnow.c) or a UART (radio_uart.c). */
#ifndef RADIO_H
#define RADIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sleeping between two reports cuts nobody off. */
extern const bool radio_lets_sleep;

void radio_start(void);
/* `send` of a mycel_board. */
void radio_send(void *context, const uint8_t *frame, size_t length);
size_t radio_receive(uint8_t *frame, size_t max, uint32_t wait_ms);

#endif
