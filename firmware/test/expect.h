/* Checks that go on after a failure; a test program ends with `return expect_end();`. */
#ifndef MYCEL_EXPECT_H
#define MYCEL_EXPECT_H

#include <stdio.h>
#include <string.h>

static int expect_checks, expect_failures;

static inline void expect(int holds, const char *name, const char *got, const char *wanted) {
  expect_checks++;
  if (holds) return;
  expect_failures++;
  printf("FAILED %s\n  got    %s\n  wanted %s\n", name, got, wanted);
}

static inline void expect_text(const char *name, const char *got, const char *wanted) {
  expect(strcmp(got, wanted) == 0, name, got, wanted);
}

static inline void expect_number(const char *name, long got, long wanted) {
  char texts[2][24];
  snprintf(texts[0], sizeof texts[0], "%ld", got);
  snprintf(texts[1], sizeof texts[1], "%ld", wanted);
  expect(got == wanted, name, texts[0], texts[1]);
}

static inline int expect_end(void) {
  printf("%d checks, %d failed\n", expect_checks, expect_failures);
  return expect_failures == 0 ? 0 : 1;
}

#endif
