#include <string.h>

#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "lwip/sockets.h"
#include "uplink.h"

#ifndef MYCEL_SSID
#define MYCEL_SSID "mycel"
#define MYCEL_PASSWORD ""
#endif
/* The node: an address, no name, so that no resolver has to work first. */
#ifndef MYCEL_HOST
#define MYCEL_HOST "192.168.4.2"
#endif
#ifndef MYCEL_PORT
#define MYCEL_PORT 5700
#endif

static int node = -1;

/* Joins, and joins again whenever the access point was away; ESP-NOW keeps its channel. */
static void on_wifi(void *context, esp_event_base_t base, int32_t event, void *data) {
  (void)context, (void)base, (void)data;
  if (event == WIFI_EVENT_STA_START || event == WIFI_EVENT_STA_DISCONNECTED) esp_wifi_connect();
}

void uplink_start(void) {
  wifi_config_t config = {.sta = {.ssid = MYCEL_SSID, .password = MYCEL_PASSWORD}};
  esp_netif_create_default_wifi_sta();
  ESP_ERROR_CHECK(esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, NULL));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &config));
  ESP_ERROR_CHECK(esp_wifi_start());
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(MYCEL_PORT)};
  address.sin_addr.s_addr = inet_addr(MYCEL_HOST);
  node = lwip_socket(AF_INET, SOCK_DGRAM, 0);
  lwip_connect(node, (struct sockaddr *)&address, sizeof address);
}

/* What finds no network is lost, as on any radio. */
void uplink_send(const uint8_t *envelope, size_t length) { lwip_send(node, envelope, length, 0); }

size_t uplink_receive(uint8_t *envelope, size_t max) {
  const int length = (int)lwip_recv(node, envelope, max, MSG_DONTWAIT);
  return length > 0 ? (size_t)length : 0;
}
