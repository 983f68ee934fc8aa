/*
 * The registers of an ATtiny1634 that targets/attiny uses, as variables, so that it runs on the host;
 * what moves by itself (a counter, pins, the ADC) is asked of test/test_attiny.c. For the chip itself
 * avr-libc has the true ones, and `make attiny` builds with them.
 */
#ifndef AVR_SHIM_IO_H
#define AVR_SHIM_IO_H

#include <stdint.h>

extern volatile uint8_t DDRA, PORTA, TCCR0A, OCR0A, TCCR0B, TIMSK, TCCR1B, ADMUX, TWSA,
    TWSCRA, TWSCRB, TWSSRA, TWSD;
extern volatile uint16_t ADC;
volatile uint8_t *shim_adcsra(void);
#define ADCSRA (*shim_adcsra())
uint16_t shim_timer1(void);
uint8_t shim_port_a(void);
#define TCNT1 shim_timer1()
#define PINA shim_port_a()

enum { WGM01 = 1, CS00 = 0, CS01 = 1, CS11 = 1, OCIE0A = 0 };
enum { ADPS1 = 1, ADPS2 = 2, ADSC = 6, ADEN = 7 };
enum { TWSIE = 2, TWEN = 3, TWASIE = 4, TWDIE = 5, TWSHE = 7 };
enum { TWCMD0 = 0, TWCMD1 = 1 };
enum { TWAS = 0, TWDIR = 1, TWRA = 4, TWASIF = 6, TWDIF = 7 };

#endif
