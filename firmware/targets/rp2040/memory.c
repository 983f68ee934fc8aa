/*
 * Notes go round two sectors, a page each; a sector is erased when its turn comes, while the other
 * holds the newest. So a sector, good for 100,000 erasures, takes 1.6 million notes.
 *
 *   | 0 | 1 | ... | 15 |   | 16 | 17 | ... | 31 |     note n lies in page n % 32
 */
#include "memory.h"

#include <string.h>

#include "hardware/flash.h"
#include "hardware/sync.h"
#include "mycel_stream.h"
#include "pico/rand.h"
#include "pico/unique_id.h"

#define PAGES_OF_SECTOR (FLASH_SECTOR_SIZE / FLASH_PAGE_SIZE)
#define PAGES (2 * PAGES_OF_SECTOR)
#define NOTES_AT (PICO_FLASH_SIZE_BYTES - 2 * FLASH_SECTOR_SIZE)

typedef struct {
  uint32_t number;
  mycel_leaf_state state;
  uint16_t crc;
} note;

_Static_assert(sizeof(note) <= FLASH_PAGE_SIZE, "a note has a page");

static uint32_t newest;

static const uint8_t *page_of(uint32_t number) {
  return (const uint8_t *)XIP_BASE + NOTES_AT + number % PAGES * FLASH_PAGE_SIZE;
}

static uint16_t crc_of(const note *of) {
  return mycel_crc16((const uint8_t *)of, offsetof(note, crc));
}

bool memory_load(void *context, mycel_leaf_state *state) {
  (void)context;
  newest = 0;
  for (uint32_t page = 0; page < PAGES; page++) {
    note found;
    memcpy(&found, page_of(page), sizeof found);
    if (found.crc != crc_of(&found) || found.number % PAGES != page) continue;
    if (found.number <= newest) continue;
    newest = found.number;
    *state = found.state;
  }
  return newest > 0;
}

/* Code runs from the flash: nothing else may run while it is written. */
static void write_page(uint32_t number, const uint8_t page[FLASH_PAGE_SIZE]) {
  const uint32_t at = NOTES_AT + number % PAGES * FLASH_PAGE_SIZE;
  const uint32_t interrupts = save_and_disable_interrupts();
  if (number % PAGES_OF_SECTOR == 0) flash_range_erase(at, FLASH_SECTOR_SIZE);
  flash_range_program(at, page, FLASH_PAGE_SIZE);
  restore_interrupts(interrupts);
}

/* A page that a loss of power left half written is passed over. */
bool memory_save(void *context, const mycel_leaf_state *state) {
  (void)context;
  uint8_t page[FLASH_PAGE_SIZE];
  note next;
  /* Gaps between fields are part of what is compared. */
  memset(&next, 0, sizeof next);
  next.state = *state;
  for (uint32_t tries = 1; tries <= PAGES_OF_SECTOR; tries++) {
    next.number = newest + tries;
    next.crc = crc_of(&next);
    memset(page, 0xff, sizeof page);
    memcpy(page, &next, sizeof next);
    write_page(next.number, page);
    if (memcmp(page_of(next.number), page, sizeof page) != 0) continue;
    newest = next.number;
    return true;
  }
  return false;
}

void memory_random(void *context, uint8_t *bytes, size_t length) {
  (void)context;
  for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)get_rand_32();
}

void memory_eui(uint8_t eui[MYCEL_SEALED_EUI_BYTES]) {
  pico_unique_board_id_t id;
  pico_get_unique_board_id(&id);
  memcpy(eui, id.id, MYCEL_SEALED_EUI_BYTES);
}
