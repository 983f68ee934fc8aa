#ifndef AVR_SHIM_SLEEP_H
#define AVR_SHIM_SLEEP_H

#define SLEEP_MODE_IDLE 0
#define set_sleep_mode(mode) ((void)(mode))
void sleep_mode(void);

#endif
