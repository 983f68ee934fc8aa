/*
 * An ESP32 as a gateway: leaves' frames by ESP-NOW to a node in batches, the node's answers back. It
 * opens no frame and needs no key.
 */
#include <string.h>

#include "board.h"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_now.h"
#include "esp_rtc_time.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "gateway.h"
#include "nvs_flash.h"
#include "uplink.h"

/* The hub of the node's settings that these leaves belong to. */
#ifndef MYCEL_HUB
#define MYCEL_HUB 1
#endif

/* 16 KiB: what a hundred leaves send at once. */
#define HEARD_MAX 64
/* ESP-NOW knows 20 addresses at a time; the oldest gives way. */
#define RADIO_PEERS_MAX 16
/* How often the uplink is looked at while the air is quiet. */
#define IDLE_MS 10
/* Of the node in a row, so that a flood from there does not deafen the gateway. */
#define TOLD_MAX 8

typedef struct {
  uint8_t address[ESP_NOW_ETH_ALEN];
  uint8_t length;
  uint8_t frame[ESP_NOW_MAX_DATA_LEN];
} heard_frame;

static QueueHandle_t heard;
static radio_gateway gateway;

/* In the Wi-Fi task: what finds no room is lost, as on the air. */
static void on_receive(const esp_now_recv_info_t *info, const uint8_t *data, int length) {
  heard_frame frame;
  if (length <= 0 || length > ESP_NOW_MAX_DATA_LEN) return;
  memcpy(frame.address, info->src_addr, sizeof frame.address);
  frame.length = (uint8_t)length;
  memcpy(frame.frame, data, frame.length);
  xQueueSend(heard, &frame, 0);
}

static void send_down(const uint8_t address[6], const uint8_t *frame, size_t length) {
  static esp_now_peer_info_t peers[RADIO_PEERS_MAX];
  static size_t next;
  if (length > ESP_NOW_MAX_DATA_LEN) return;
  if (!esp_now_is_peer_exist(address)) {
    esp_now_peer_info_t *peer = &peers[next];
    next = (next + 1) % RADIO_PEERS_MAX;
    /* Unknown the first time round: no harm. */
    esp_now_del_peer(peer->peer_addr);
    memcpy(peer->peer_addr, address, sizeof peer->peer_addr);
    peer->ifidx = WIFI_IF_STA;
    if (esp_now_add_peer(peer) != ESP_OK) return;
  }
  esp_now_send(address, frame, length);
}

static void start_radio(void) {
  const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(esp_wifi_init(&config));
  ESP_ERROR_CHECK(esp_wifi_set_storage(WIFI_STORAGE_RAM));
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
  uplink_start();
  /* Asleep it would miss most of what leaves say. */
  ESP_ERROR_CHECK(esp_wifi_set_ps(WIFI_PS_NONE));
  ESP_ERROR_CHECK(esp_now_init());
  ESP_ERROR_CHECK(esp_now_register_recv_cb(on_receive));
}

static uint32_t now_ms(void) { return (uint32_t)(esp_rtc_get_time_us() / 1000); }

void app_main(void) {
  static StaticQueue_t queue;
  static uint8_t storage[HEARD_MAX * sizeof(heard_frame)];
  static uint8_t envelope[MYCEL_ENVELOPE_BYTES];
  heard = xQueueCreateStatic(HEARD_MAX, sizeof(heard_frame), storage, &queue);
  gateway.hub = MYCEL_HUB;
  gateway.up = uplink_send;
  gateway.down = send_down;
  start_radio();
  for (;;) {
    const uint32_t wait_ms = mycel_gateway_tick(&gateway, now_ms(), IDLE_MS);
    heard_frame frame;
    if (xQueueReceive(heard, &frame, pdMS_TO_TICKS(wait_ms)) == pdTRUE) {
      mycel_gateway_heard(&gateway, frame.address, frame.frame, frame.length, now_ms());
    }
    for (int told = 0; told < TOLD_MAX; told++) {
      const size_t length = uplink_receive(envelope, sizeof envelope);
      if (length == 0) break;
      mycel_gateway_told(&gateway, envelope, length);
    }
  }
}
