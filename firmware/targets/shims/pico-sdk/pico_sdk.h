/*
 * The few calls of the Pico SDK that targets/rp2040 uses, with its names and types, so that the target
 * compiles on the host. test/sim_rp2040.c stands behind them.
 */
#ifndef PICO_SDK_SHIM_H
#define PICO_SDK_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned int uint;
typedef uint64_t absolute_time_t;
#define PICO_ERROR_TIMEOUT (-1)
#define PICO_ERROR_GENERIC (-2)

absolute_time_t get_absolute_time(void);
uint32_t to_ms_since_boot(absolute_time_t time);
uint32_t time_us_32(void);
void sleep_ms(uint32_t ms);

/* hardware/flash.h: erased to ff, programmed by clearing bits; offsets from the flash's beginning. */
#define FLASH_PAGE_SIZE 256u
#define FLASH_SECTOR_SIZE 4096u
#define PICO_FLASH_SIZE_BYTES (4u * FLASH_SECTOR_SIZE)
extern uint8_t sim_flash[PICO_FLASH_SIZE_BYTES];
#define XIP_BASE sim_flash
void flash_range_erase(uint32_t offset, size_t length);
void flash_range_program(uint32_t offset, const uint8_t *bytes, size_t length);

/* pico/rand.h, pico/unique_id.h */
uint32_t get_rand_32(void);
typedef struct {
  uint8_t id[8];
} pico_unique_board_id_t;
void pico_get_unique_board_id(pico_unique_board_id_t *id);

uint32_t save_and_disable_interrupts(void);
void restore_interrupts(uint32_t status);

#define GPIO_IN false
#define GPIO_OUT true
typedef enum { GPIO_FUNC_UART = 2, GPIO_FUNC_I2C = 3, GPIO_FUNC_PWM = 4 } gpio_function_t;
void gpio_init(uint pin);
void gpio_set_dir(uint pin, bool out);
void gpio_set_function(uint pin, gpio_function_t function);
void gpio_pull_up(uint pin);
void gpio_put(uint pin, bool value);
bool gpio_get(uint pin);

typedef struct i2c_inst i2c_inst_t;
extern i2c_inst_t *const i2c0;
uint i2c_init(i2c_inst_t *i2c, uint hz);
int i2c_write_timeout_us(i2c_inst_t *i2c, uint8_t address, const uint8_t *from, size_t length,
                         bool nostop, uint wait_us);
int i2c_read_timeout_us(i2c_inst_t *i2c, uint8_t address, uint8_t *to, size_t length, bool nostop,
                        uint wait_us);

typedef struct uart_inst uart_inst_t;
extern uart_inst_t *const uart0, *const uart1;
uint uart_init(uart_inst_t *uart, uint baud);
bool uart_is_readable(uart_inst_t *uart);
bool uart_is_readable_within_us(uart_inst_t *uart, uint32_t us);
char uart_getc(uart_inst_t *uart);
void uart_write_blocking(uart_inst_t *uart, const uint8_t *from, size_t length);

void adc_init(void);
void adc_gpio_init(uint pin);
void adc_select_input(uint input);
uint16_t adc_read(void);

uint pwm_gpio_to_slice_num(uint pin);
void pwm_set_wrap(uint slice, uint16_t wrap);
void pwm_set_enabled(uint slice, bool enabled);
void pwm_set_gpio_level(uint pin, uint16_t level);

#endif
