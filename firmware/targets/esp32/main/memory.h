/* What a sealed leaf's board gives it besides sensors and a radio: notes in NVS, its EUI, chance. */
#ifndef MEMORY_H
#define MEMORY_H

#include "mycel_sealed_leaf.h"

/* `load`, `save` and `random` of a mycel_sealed_board. */
bool memory_load(void *context, mycel_leaf_state *state);
bool memory_save(void *context, const mycel_leaf_state *state);
void memory_random(void *context, uint8_t *bytes, size_t length);

/* EUI-64 of the chip's MAC address, as IEEE makes one: ff fe in its middle. */
void memory_eui(uint8_t eui[MYCEL_SEALED_EUI_BYTES]);

#endif
