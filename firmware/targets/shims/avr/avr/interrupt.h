#ifndef AVR_SHIM_INTERRUPT_H
#define AVR_SHIM_INTERRUPT_H

#define ISR(vector) void vector(void)
void TIMER0_COMPA_vect(void);
void TWI_SLAVE_vect(void);
void cli(void);
void sei(void);

#endif
