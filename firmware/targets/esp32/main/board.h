/* An ESP32 as a leaf's board: pins, clock, sleep. Any pin may be set with idf.py -D. */
#ifndef BOARD_H
#define BOARD_H

#include "mycel_bus.h"

#ifndef MYCEL_LEAF_ID
#define MYCEL_LEAF_ID 1
#endif
/* Its version, as a sealed leaf registers it. */
#ifndef MYCEL_FIRMWARE
#define MYCEL_FIRMWARE 1
#endif
#ifndef MYCEL_INTERVAL_MS
#define MYCEL_INTERVAL_MS 30000
#endif
/* The channel of the gateway's access point. */
#ifndef MYCEL_WIFI_CHANNEL
#define MYCEL_WIFI_CHANNEL 1
#endif
/* Everyone, until the gateway's address is known. */
#ifndef MYCEL_GATEWAY_MAC
#define MYCEL_GATEWAY_MAC {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
#endif

#ifndef MYCEL_PIN_SDA
#define MYCEL_PIN_SDA 23
#define MYCEL_PIN_SCL 22
#endif
#ifndef MYCEL_PIN_DHT22
#define MYCEL_PIN_DHT22 4
#endif
/* One that wakes from deep sleep. */
#ifndef MYCEL_PIN_PIR
#define MYCEL_PIN_PIR 27
#endif
#ifndef MYCEL_PIN_CO2_TX
#define MYCEL_PIN_CO2_TX 26
#define MYCEL_PIN_CO2_RX 25
#endif
#ifndef MYCEL_PIN_RELAY
#define MYCEL_PIN_RELAY 18
#endif
#ifndef MYCEL_PIN_PWM
#define MYCEL_PIN_PWM 19
#endif
#ifndef MYCEL_PIN_LINK_TX
#define MYCEL_PIN_LINK_TX 17
#define MYCEL_PIN_LINK_RX 16
#endif
/* The battery over two equal resistors at ADC1 channel 6 (GPIO34). */
#ifndef MYCEL_ADC_BATTERY
#define MYCEL_ADC_BATTERY 6
#endif

/* Of a sleep that cost more to begin than it saves: booting takes as long. */
#define BOARD_SLEEP_MS_MIN 500

typedef enum { BOARD_POWERED_ON, BOARD_TIMER, BOARD_MOTION } board_wake;

board_wake board_start(void);
const mycel_bus *board_bus(void);
uint16_t board_battery_mv(void *context);
void board_set_state(void *context, bool on);
void board_set_pwm(void *context, uint16_t duty);
/* Deep sleep does not return: the board boots anew, with what is in RTC memory. */
void board_sleep(uint32_t ms);

#endif
