/* A sealed leaf's notes in a file, for the build that wrote it; without a path in this process alone. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mycel_sealed_leaf.h"

bool host_memory_load(const char *path, mycel_leaf_state *state);
/* Written beside it, synced and renamed: whole or not at all. */
bool host_memory_save(const char *path, const mycel_leaf_state *state);

/* From /dev/urandom; ends the process where there is none. */
void host_random(uint8_t *bytes, size_t length);

#endif
