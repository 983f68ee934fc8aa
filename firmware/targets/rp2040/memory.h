/* A sealed leaf's notes in the last two sectors of the flash, which survive any loss of power. */
#ifndef MEMORY_H
#define MEMORY_H

#include "mycel_sealed_leaf.h"

/* `load`, `save` and `random` of a mycel_sealed_board. */
bool memory_load(void *context, mycel_leaf_state *state);
bool memory_save(void *context, const mycel_leaf_state *state);
void memory_random(void *context, uint8_t *bytes, size_t length);

/* The number that the flash chip was made with. */
void memory_eui(uint8_t eui[MYCEL_SEALED_EUI_BYTES]);

#endif
