#include <string.h>

#include "board.h"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_now.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "nvs_flash.h"
#include "radio.h"

/* A hub's answers to one report come together: commands, config, time. */
#define QUEUE_FRAMES 4

typedef struct {
  uint8_t length;
  uint8_t frame[ESP_NOW_MAX_DATA_LEN];
} radio_frame;

const bool radio_lets_sleep = true;

static const uint8_t gateway[] = MYCEL_GATEWAY_MAC;
static QueueHandle_t received;

/* In the Wi-Fi task: what finds no room is lost, as on the air. */
static void on_receive(const esp_now_recv_info_t *info, const uint8_t *data, int length) {
  (void)info;
  radio_frame frame;
  if (length <= 0 || length > ESP_NOW_MAX_DATA_LEN) return;
  frame.length = (uint8_t)length;
  memcpy(frame.frame, data, frame.length);
  xQueueSend(received, &frame, 0);
}

void radio_start(void) {
  static StaticQueue_t queue;
  static uint8_t storage[QUEUE_FRAMES * sizeof(radio_frame)];
  received = xQueueCreateStatic(QUEUE_FRAMES, sizeof(radio_frame), storage, &queue);
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
  ESP_ERROR_CHECK(esp_wifi_init(&config));
  ESP_ERROR_CHECK(esp_wifi_set_storage(WIFI_STORAGE_RAM));
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
  ESP_ERROR_CHECK(esp_wifi_start());
  ESP_ERROR_CHECK(esp_wifi_set_channel(MYCEL_WIFI_CHANNEL, WIFI_SECOND_CHAN_NONE));
  ESP_ERROR_CHECK(esp_now_init());
  ESP_ERROR_CHECK(esp_now_register_recv_cb(on_receive));
  esp_now_peer_info_t peer = {.channel = MYCEL_WIFI_CHANNEL, .ifidx = WIFI_IF_STA};
  memcpy(peer.peer_addr, gateway, sizeof gateway);
  ESP_ERROR_CHECK(esp_now_add_peer(&peer));
}

void radio_send(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  esp_now_send(gateway, frame, length);
}

size_t radio_receive(uint8_t *frame, size_t max, uint32_t wait_ms) {
  radio_frame next;
  if (xQueueReceive(received, &next, pdMS_TO_TICKS(wait_ms)) != pdTRUE) return 0;
  if (next.length > max) return 0;
  memcpy(frame, next.frame, next.length);
  return next.length;
}
