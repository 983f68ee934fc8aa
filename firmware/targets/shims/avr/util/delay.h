#ifndef AVR_SHIM_DELAY_H
#define AVR_SHIM_DELAY_H

void _delay_ms(double ms);

#endif
