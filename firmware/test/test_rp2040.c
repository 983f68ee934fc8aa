/* The RP2040 leaf as it is, ten minutes of virtual time, a hub at the other end of its UART. */
#include <math.h>

#include "expect.h"
#include "mycel_frame.h"
#include "sim_rp2040.h"

/* The Makefile calls its main() so. */
int rp2040_main(void);

static struct {
  long reports, acks, heartbeats, registers, damaged;
  float newest[256];
  uint16_t battery_mv;
} hub;

static void hear(sim_rp2040 *sim, const uint8_t *frame, size_t length) {
  (void)sim;
  uint8_t command[MYCEL_FRAME_BYTES_MAX];
  if (mycel_check_frame(frame, length) != MYCEL_SOUND) {
    hub.damaged++;
    return;
  }
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      for (size_t i = 0; i < mycel_report_count(frame); i++) {
        hub.newest[mycel_report_channel(frame, i)] = mycel_report_value(frame, i);
      }
      hub.reports++;
      if (hub.reports == 5) {
        sim_rp2040_say(command, mycel_write_command(command, 1, MYCEL_COMMAND_SET_STATE, 1));
        sim_rp2040_say(command, mycel_write_command(command, 1, MYCEL_COMMAND_SET_PWM, 512));
      }
      break;
    case MYCEL_MESSAGE_HEARTBEAT:
      hub.heartbeats++;
      hub.battery_mv = mycel_heartbeat_battery_mv(frame);
      break;
    case MYCEL_MESSAGE_REGISTER:
      hub.registers++;
      break;
    default:
      hub.acks++;
  }
}

static bool is_near(float value, float wanted) { return fabsf(value - wanted) < 0.01f; }

int main(void) {
  static sim_rp2040 sim;
  sim.now_us = 1000;
  sim.end_us = 600000000;
  sim.on_frame = hear;
  sim.sensors.bme680.absent = true;
  sim_answer(&sim.sensors, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim.sensors, "bh1750", (const uint8_t *)"\x01\x10", 2);
  sim_answer(&sim.sensors, "mhz19c", (const uint8_t *)"\xff\x86\x02\x60\x47\x00\x00\x00\xd1", 9);
  sim_answer(&sim.sensors, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
  sim.sensors.pir = true;
  sim_rp2040_run(&sim, rp2040_main);
  expect_number("registers", hub.registers, 1);
  expect_number("a report every half minute", hub.reports, 20);
  expect_number("a heartbeat with every sixth", hub.heartbeats, 4);
  expect_number("two commands acknowledged", hub.acks, 2);
  expect_number("relay", sim.relay, 1);
  expect_number("duty", sim.duty, 512);
  expect_number("nothing else on the line", hub.damaged, 0);
  expect_number("battery: 2048 of 4095 of 3.3 V by three", hub.battery_mv, 4950);
  expect_number("humidity by DHT22", is_near(hub.newest[MYCEL_CHANNEL_HUMIDITY], 65.2f), 1);
  expect_number("light", is_near(hub.newest[MYCEL_CHANNEL_ILLUMINANCE], 226.67f), 1);
  expect_number("CO2", is_near(hub.newest[MYCEL_CHANNEL_CO2], 608), 1);
  expect_number("motion", is_near(hub.newest[MYCEL_CHANNEL_MOTION], 1), 1);
  return expect_end();
}
