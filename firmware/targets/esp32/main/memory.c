#include "memory.h"

#include <string.h>

#include "esp_mac.h"
#include "esp_random.h"
#include "nvs.h"

/* A partition without room or of another version stops the board: erased, it would count anew. */
static bool open_notes(nvs_handle_t *handle) {
  return nvs_open("mycel", NVS_READWRITE, handle) == ESP_OK;
}

bool memory_load(void *context, mycel_leaf_state *state) {
  (void)context;
  mycel_leaf_state read;
  size_t length = sizeof read;
  nvs_handle_t handle;
  if (!open_notes(&handle)) return false;
  const bool whole =
      nvs_get_blob(handle, "leaf", &read, &length) == ESP_OK && length == sizeof read;
  nvs_close(handle);
  if (whole) *state = read;
  return whole;
}

/* NVS keeps the old value or the new one when the power goes. */
bool memory_save(void *context, const mycel_leaf_state *state) {
  (void)context;
  nvs_handle_t handle;
  if (!open_notes(&handle)) return false;
  const bool saved = nvs_set_blob(handle, "leaf", state, sizeof *state) == ESP_OK &&
                     nvs_commit(handle) == ESP_OK;
  nvs_close(handle);
  return saved;
}

/* True chance as long as the radio is on. */
void memory_random(void *context, uint8_t *bytes, size_t length) {
  (void)context;
  esp_fill_random(bytes, length);
}

void memory_eui(uint8_t eui[MYCEL_SEALED_EUI_BYTES]) {
  uint8_t mac[6] = {0};
  esp_efuse_mac_get_default(mac);
  memcpy(eui, mac, 3);
  eui[3] = 0xff;
  eui[4] = 0xfe;
  memcpy(eui + 5, mac + 3, 3);
}
