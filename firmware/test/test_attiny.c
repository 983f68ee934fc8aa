/*
 * The ATtiny leaf as it is: its main() and its interrupts, a DHT22 at its pin, and a hub that polls it
 * over a two-wire interface which behaves as the datasheet says.
 */
#include <math.h>
#include <setjmp.h>
#include <string.h>

#include "avr/interrupt.h"
#include "avr/io.h"
#include "expect.h"
#include "mycel_frame.h"
#include "mycel_i2c.h"

/* The Makefile calls its main() so. */
int attiny_main(void);

#define END_US 300000000ull
#define POLL_MS 100
#define DHT22_BIT (1 << 3)
#define PIR_BIT (1 << 4)
#define DOOR_BIT (1 << 5)
#define RELAY_BIT (1 << 6)

volatile uint8_t DDRA, PORTA, TCCR0A, OCR0A, TCCR0B, TIMSK, TCCR1B, ADMUX, TWSA, TWSCRA, TWSCRB,
    TWSSRA, TWSD;
/* 1.1 V as input, 3 V as reference. */
volatile uint16_t ADC = 375;

static uint64_t now_us;
static uint64_t ticks_us;
static bool interrupts;
static jmp_buf ended;
static uint64_t dht_low_us, dht_from_us;
static bool dht_out, door_open;

static const uint8_t dht22_answer[] = {0x02, 0x8c, 0x01, 0x5f, 0xee};

static struct {
  long reports, heartbeats, registers, acks, others, faults;
  float newest[256];
  uint16_t battery_mv;
  bool commanded;
} hub;

/* Timer 0 interrupts each ms; while interrupts are off one of them waits, the others are lost. */
static void pass_us(uint64_t us) {
  now_us += us;
  if (now_us >= END_US) longjmp(ended, 1);
  if (!interrupts || now_us - ticks_us < 1000) return;
  while (now_us - ticks_us >= 1000) {
    ticks_us += 1000;
    TIMER0_COMPA_vect();
  }
}

void cli(void) { interrupts = false; }

void sei(void) {
  interrupts = true;
  /* Only the last ms is still known. */
  if (now_us - ticks_us >= 2000) ticks_us = now_us - 1000 - now_us % 1000;
  pass_us(0);
}

void _delay_ms(double ms) {
  if ((DDRA & DHT22_BIT) != 0 && !dht_out) dht_low_us = now_us;
  dht_out = (DDRA & DHT22_BIT) != 0;
  pass_us((uint64_t)(ms * 1000));
}

/* A conversion is over when it is looked at. */
volatile uint8_t *shim_adcsra(void) {
  static volatile uint8_t control;
  control &= (uint8_t) ~(1 << ADSC);
  return &control;
}

uint16_t shim_timer1(void) { return (uint16_t)now_us; }

static bool dht_level(uint64_t us) {
  if (us < 30) return true;
  us -= 30;
  if (us < 160) return us >= 80;
  us -= 160;
  for (int bit = 0; bit < 40; bit++) {
    const uint64_t high_us = dht22_answer[bit / 8] >> (7 - bit % 8) & 1 ? 70 : 27;
    if (us < 50 + high_us) return us >= 50;
    us -= 50 + high_us;
  }
  return us >= 50;
}

/* The sensor answers when the pin has been driven low for a ms and is let go. */
uint8_t shim_port_a(void) {
  const bool out = (DDRA & DHT22_BIT) != 0;
  if (dht_out && !out) dht_from_us = now_us - dht_low_us >= 1000 ? now_us : 0;
  dht_out = out;
  pass_us(1);
  const bool dht = dht_from_us == 0 || dht_level(now_us - dht_from_us);
  return (uint8_t)((dht ? DHT22_BIT : 0) | PIR_BIT | (door_open ? DOOR_BIT : 0));
}

/* One byte or condition on the wires: what the interface shows, and that it goes on. */
static void interrupt(uint8_t status) {
  TWSSRA = status;
  TWSCRB = 0;
  TWI_SLAVE_vect();
  if (TWSCRB == 0) hub.faults++;
}

static mycel_bus_outcome transfer(void *context, uint8_t address, const uint8_t *out,
                                  size_t out_length, uint8_t *in, size_t in_length) {
  (void)context;
  if (address != TWSA >> 1 || (TWSCRA & 1 << TWEN) == 0) return MYCEL_BUS_ABSENT;
  if (out_length > 0) {
    interrupt(1 << TWASIF | 1 << TWAS);
    for (size_t i = 0; i < out_length; i++) {
      TWSD = out[i];
      interrupt(1 << TWDIF);
    }
  }
  if (in_length > 0) {
    interrupt(1 << TWASIF | 1 << TWAS | 1 << TWDIR);
    for (size_t i = 0; i < in_length; i++) {
      interrupt(1 << TWDIF | 1 << TWDIR);
      in[i] = TWSD;
    }
    /* The master does not acknowledge the last. */
    interrupt(1 << TWDIF | 1 << TWDIR | 1 << TWRA);
  }
  interrupt(1 << TWASIF);
  return MYCEL_BUS_OK;
}

static void hear(const uint8_t *frame, size_t length) {
  if (mycel_check_frame(frame, length) != MYCEL_SOUND) {
    hub.faults++;
    return;
  }
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      hub.reports++;
      for (size_t i = 0; i < mycel_report_count(frame); i++) {
        hub.newest[mycel_report_channel(frame, i)] = mycel_report_value(frame, i);
      }
      break;
    case MYCEL_MESSAGE_HEARTBEAT:
      hub.heartbeats++;
      hub.battery_mv = mycel_heartbeat_battery_mv(frame);
      break;
    case MYCEL_MESSAGE_REGISTER:
      hub.registers++;
      break;
    case MYCEL_MESSAGE_ACK:
      hub.acks++;
      break;
    default:
      hub.others++;
  }
}

static void poll(void) {
  static const mycel_bus bus = {.i2c = transfer};
  static mycel_i2c_hub leaf = {.bus = &bus, .address = MYCEL_I2C_ADDRESS};
  const uint8_t *frame;
  size_t length;
  const mycel_i2c_event event = mycel_i2c_poll(&leaf, &frame, &length);
  if (event == MYCEL_I2C_FRAME) hear(frame, length);
  else if (event != MYCEL_I2C_NOTHING) hub.faults++;
  if (now_us < 100000000 || hub.commanded) return;
  uint8_t command[MYCEL_FRAME_BYTES_MAX];
  const size_t bytes = mycel_write_command(command, 1, MYCEL_COMMAND_SET_STATE, 1);
  hub.commanded = mycel_i2c_put(&leaf, command, bytes) == MYCEL_I2C_FRAME;
  door_open = true;
}

/* Idle until the next ms; the hub polls now and then. */
void sleep_mode(void) {
  pass_us(1000 - now_us % 1000);
  if (now_us / 1000 % POLL_MS == 0) poll();
}

int main(void) {
  if (setjmp(ended) == 0) attiny_main();
  expect_number("registers", hub.registers, 1);
  expect_number("a report every half minute", hub.reports, 10);
  expect_number("heartbeats", hub.heartbeats, 2);
  expect_number("battery", hub.battery_mv, 3000);
  expect_number("humidity by DHT22, from its pulses",
                fabsf(hub.newest[MYCEL_CHANNEL_HUMIDITY] - 65.2f) < 0.01f, 1);
  expect_number("motion, once it is warm", hub.newest[MYCEL_CHANNEL_MOTION] == 1.0f, 1);
  expect_number("the door", hub.newest[MYCEL_CHANNEL_DOOR] == 1.0f, 1);
  expect_number("the command is taken", hub.commanded, 1);
  expect_number("and acknowledged", hub.acks, 1);
  expect_number("relay", (PORTA & RELAY_BIT) != 0, 1);
  expect_number("nothing else, no fault", hub.others + hub.faults, 0);
  return expect_end();
}
