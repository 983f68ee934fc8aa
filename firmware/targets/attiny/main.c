/*
 * An ATtiny1634 as a leaf on a hub's I2C bus: a DHT22, a PIR, a door contact, a relay. The two-wire
 * interface is the slave's; the interrupt hands each byte to mycel_i2c, the main loop does the rest
 * and idles in between. 8 MHz from the internal oscillator.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <util/delay.h>

#include "mycel_i2c.h"
#include "mycel_leaf.h"
#include "mycel_sensors.h"

#ifndef MYCEL_LEAF_ID
#define MYCEL_LEAF_ID 1
#endif
#ifndef MYCEL_INTERVAL_MS
#define MYCEL_INTERVAL_MS 30000
#endif
#ifndef MYCEL_ADDRESS
#define MYCEL_ADDRESS MYCEL_I2C_ADDRESS
#endif

/* Of port A. The wires are SCL = PC1, SDA = PB1. */
#define PIN_DHT22 3
#define PIN_PIR 4
#define PIN_DOOR 5
#define PIN_RELAY 6

#define PULSE_US_MAX 200
/* VCC measured against the 1.1 V reference as input. */
#define ADC_REFERENCE_INPUT 0x0d
#define REFERENCE_MV 1100

/* A report of four readings, a heartbeat and a REGISTER wait together. */
static uint8_t outbox[128];
/* Commands are short. */
static uint8_t inbox[48];
static mycel_i2c_leaf wires;
static volatile uint32_t clock_ms;

ISR(TIMER0_COMPA_vect) { clock_ms++; }

/*
 * Datasheet, two-wire slave: 11 in TWCMD acknowledges and goes on, 10 ends the transaction; the
 * clock is stretched until one of them is written.
 */
ISR(TWI_SLAVE_vect) {
  const uint8_t status = TWSSRA;
  uint8_t command = 1 << TWCMD1 | 1 << TWCMD0;
  if (status & 1 << TWASIF) {
    if (status & 1 << TWAS) {
      mycel_i2c_on_address(&wires, (status & 1 << TWDIR) != 0);
    } else {
      mycel_i2c_on_stop(&wires);
      command = 1 << TWCMD1;
    }
  } else if (status & 1 << TWDIR) {
    /* The master has not acknowledged the byte before: it wants no more. */
    if (status & 1 << TWRA) command = 1 << TWCMD1;
    else TWSD = mycel_i2c_on_read(&wires);
  } else {
    mycel_i2c_on_write(&wires, TWSD);
  }
  TWSCRB = command;
}

static uint32_t now_ms(void *context) {
  (void)context;
  cli();
  const uint32_t now = clock_ms;
  sei();
  return now;
}

static bool pin(void *context, uint8_t number) {
  (void)context;
  return (PINA & 1 << number) != 0;
}

/* For how many us the pin stays so; PULSE_US_MAX: it does not change. Timer 1 counts us. */
static uint8_t level_us(uint8_t mask, bool high) {
  const uint16_t from_us = TCNT1;
  while (((PINA & mask) != 0) == high) {
    if ((uint16_t)(TCNT1 - from_us) >= PULSE_US_MAX) return PULSE_US_MAX;
  }
  return (uint8_t)(TCNT1 - from_us);
}

static size_t pulses(void *context, uint8_t number, uint32_t low_ms, uint8_t *high_us,
                     size_t max) {
  (void)context;
  const uint8_t mask = (uint8_t)(1 << number);
  PORTA &= (uint8_t)~mask;
  DDRA |= mask;
  for (; low_ms > 0; low_ms--) _delay_ms(1);
  size_t count = 0;
  cli();
  const uint16_t from_us = TCNT1;
  DDRA &= (uint8_t)~mask;
  PORTA |= mask; /* pull-up */
  while (count < max) {
    if (level_us(mask, false) == PULSE_US_MAX) break;
    const uint8_t us = level_us(mask, true);
    if (us == PULSE_US_MAX) break;
    high_us[count++] = us;
  }
  /* What the timer's interrupt missed; the one that waits counts for itself. */
  clock_ms += (uint16_t)(TCNT1 - from_us) / 1000;
  sei();
  return count;
}

static uint16_t battery_mv(void *context) {
  (void)context;
  ADMUX = ADC_REFERENCE_INPUT;
  /* The first conversion after the change is off. */
  for (uint8_t turn = 0; turn < 2; turn++) {
    ADCSRA |= 1 << ADSC;
    while (ADCSRA & 1 << ADSC) continue;
  }
  const uint16_t adc = ADC;
  return adc == 0 ? 0 : (uint16_t)((uint32_t)REFERENCE_MV * 1023 / adc);
}

static void send_frame(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  mycel_i2c_offer(&wires, frame, length);
}

static void set_state(void *context, bool on) {
  (void)context;
  if (on) PORTA |= 1 << PIN_RELAY;
  else PORTA &= (uint8_t) ~(1 << PIN_RELAY);
}

static size_t measure(void *context, uint8_t *channels, float *values, size_t max) {
  (void)context;
  static const mycel_bus bus = {.pulses = pulses, .pin = pin, .now_ms = now_ms};
  static mycel_sensor sensors[] = {
      {.driver = &mycel_dht22, .at = PIN_DHT22},
      {.driver = &mycel_pir, .at = PIN_PIR},
  };
  const size_t count = mycel_sensors_measure(sensors, 2, &bus, channels, values, max - 1);
  /* A reed contact to ground: open is high. */
  channels[count] = MYCEL_CHANNEL_DOOR;
  values[count] = pin(NULL, PIN_DOOR) ? 1.0f : 0.0f;
  return count + 1;
}

static void start_hardware(void) {
  DDRA = 1 << PIN_RELAY;
  PORTA = 1 << PIN_DOOR | 1 << PIN_DHT22; /* pull-ups */
  /* Timer 0: 8 MHz / 64 / 125 = 1 kHz. Timer 1: 8 MHz / 8. */
  TCCR0A = 1 << WGM01;
  OCR0A = 124;
  TCCR0B = 1 << CS01 | 1 << CS00;
  TIMSK |= 1 << OCIE0A;
  TCCR1B = 1 << CS11;
  ADCSRA = 1 << ADEN | 1 << ADPS2 | 1 << ADPS1;
  TWSA = MYCEL_ADDRESS << 1;
  TWSCRA = 1 << TWEN | 1 << TWASIE | 1 << TWDIE | 1 << TWSIE | 1 << TWSHE;
}

int main(void) {
  static const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_CHANNEL_HUMIDITY,
                                         MYCEL_CHANNEL_MOTION, MYCEL_CHANNEL_DOOR,
                                         MYCEL_ACTUATOR_RELAY};
  static const mycel_board board = {.hardware = MYCEL_HARDWARE_ATTINY,
                                    .capabilities = capabilities,
                                    .capability_count = sizeof capabilities,
                                    .measure = measure,
                                    .battery_mv = battery_mv,
                                    .send = send_frame,
                                    .set_state = set_state};
  static mycel_leaf leaf;
  mycel_i2c_leaf_start(&wires, outbox, sizeof outbox, inbox, sizeof inbox);
  start_hardware();
  set_sleep_mode(SLEEP_MODE_IDLE);
  sei();
  mycel_leaf_start(&leaf, &board, MYCEL_LEAF_ID, MYCEL_INTERVAL_MS, now_ms(NULL));
  for (;;) {
    mycel_leaf_tick(&leaf, now_ms(NULL));
    const size_t length = mycel_i2c_take(&wires);
    if (length > 0) {
      mycel_leaf_receive(&leaf, inbox, length, now_ms(NULL));
      mycel_i2c_done(&wires);
    }
    /* Until the next ms, or a byte on the wires. */
    sleep_mode();
  }
}
