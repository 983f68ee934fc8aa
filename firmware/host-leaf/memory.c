#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool host_memory_load(const char *path, mycel_leaf_state *state) {
  mycel_leaf_state read;
  FILE *file = path == NULL ? NULL : fopen(path, "rb");
  if (file == NULL) return false;
  const bool whole = fread(&read, sizeof read, 1, file) == 1;
  fclose(file);
  if (whole) *state = read;
  return whole;
}

bool host_memory_save(const char *path, const mycel_leaf_state *state) {
  char fresh[4096];
  if (path == NULL) return true;
  const int length = snprintf(fresh, sizeof fresh, "%s.new", path);
  if (length < 0 || (size_t)length >= sizeof fresh) return false;
  FILE *file = fopen(fresh, "wb");
  if (file == NULL) return false;
  const bool written = fwrite(state, sizeof *state, 1, file) == 1 && fflush(file) == 0 &&
                       fsync(fileno(file)) == 0;
  return fclose(file) == 0 && written && rename(fresh, path) == 0;
}

void host_random(uint8_t *bytes, size_t length) {
  FILE *file = fopen("/dev/urandom", "rb");
  const bool whole = file != NULL && fread(bytes, 1, length, file) == length;
  if (file != NULL) fclose(file);
  if (whole) return;
  fputs("host-leaf: there is no /dev/urandom.\n", stderr);
  exit(1);
}
