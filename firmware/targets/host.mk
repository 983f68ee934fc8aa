# Targets whose SDK is not here compile against thin shims of it, and run in virtual time.
TARGET_HEADERS = $(HEADERS) $(wildcard targets/*/*.h targets/*/*/*.h targets/shims/*/*/*.h)
TARGET_CC = $(CC) $(CFLAGS) -std=gnu11 -Itargets/common
CORE = $(patsubst %.c,$(BUILD)/host/%.o,src/mycel_leaf.c $(sort $(CODEC) $(LINKS)) $(DRIVERS) test/sim_sensors.c)

$(BUILD)/host/%.o: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

# Names of its sections tell the simulation what a deep sleep forgets.
ESP32 = targets/esp32/main
ESP32_FLAGS = -Itargets/shims/esp-idf -fno-pie -Dsettimeofday=sim_settimeofday
ESP32_LEAF = $(ESP32)/leaf_main.c $(ESP32)/board.c targets/common/node.c

# An install code makes a leaf a sealed one; the rest as in the targets' CMakeLists.txt.
SEALED_FLAGS = -DMYCEL_INSTALL_CODE=00112233445566778899aabbccddeeff -DMYCEL_KEPT_READINGS=12
$(BUILD)/esp32-espnow-sealed.o: LEAF_FLAGS = $(SEALED_FLAGS) -DMYCEL_KEPT=60
$(BUILD)/esp32-espnow-sealed.o: $(ESP32)/radio_espnow.c $(ESP32)/memory.c src/mycel_sealed_leaf.c
$(BUILD)/esp32-espnow.o: $(ESP32)/radio_espnow.c
$(BUILD)/esp32-uart.o: $(ESP32)/radio_uart.c

$(BUILD)/esp32-%.o: $(ESP32_LEAF) $(TARGET_HEADERS)
	@mkdir -p $(BUILD)/esp32-$*
	for c in $(filter %.c,$^); do \
	  $(TARGET_CC) $(ESP32_FLAGS) $(LEAF_FLAGS) -c $$c -o $(BUILD)/esp32-$*/$$(basename $$c).o || exit 1; done
	ld -r -o $@ $(BUILD)/esp32-$*/*.o
	objcopy --rename-section .data=app_data \
	  --rename-section .bss=app_zero,alloc,load,contents,data $@

$(BUILD)/test-esp32-%: $(BUILD)/esp32-%.o test/test_esp32.c test/sim_esp32.c $(CORE)
	$(TARGET_CC) $(ESP32_FLAGS) -no-pie -o $@ $(filter %.c %.o,$^) -lm

$(BUILD)/test-esp32-sealed: $(BUILD)/esp32-espnow-sealed.o test/test_esp32_sealed.c test/sealed_hub.c test/sim_esp32.c $(CORE)
	$(TARGET_CC) $(ESP32_FLAGS) -no-pie -o $@ $(filter %.c %.o,$^) -lm

GATEWAY = $(ESP32)/gateway_main.c targets/common/gateway.c
$(BUILD)/test-gateway-%: $(GATEWAY) $(ESP32)/uplink_%.c test/test_gateway.c test/sim_esp32.c $(CORE) $(TARGET_HEADERS)
	$(TARGET_CC) $(filter-out -fno-pie,$(ESP32_FLAGS)) -o $@ $(filter %.c %.o,$^) -lm

# A main() of its own, called by the test's.
$(BUILD)/test-rp2040: $(BUILD)/rp2040.o test/test_rp2040.c test/sim_rp2040.c targets/common/node.c $(CORE)
	$(TARGET_CC) -Itargets/shims/pico-sdk -o $@ $(filter %.c %.o,$^) -lm

# All of it with the same flags: they set the size of the leaf.
$(BUILD)/test-rp2040-sealed: targets/rp2040/main.c targets/rp2040/memory.c targets/common/node.c src/mycel_sealed_leaf.c \
  test/test_rp2040_sealed.c test/sealed_hub.c test/sim_rp2040.c $(CORE) $(TARGET_HEADERS)
	@mkdir -p $(BUILD)
	$(TARGET_CC) -Itargets/shims/pico-sdk $(SEALED_FLAGS) -DMYCEL_KEPT=120 -Dmain=rp2040_main -c -o $@.o $<
	$(TARGET_CC) -Itargets/shims/pico-sdk $(SEALED_FLAGS) -DMYCEL_KEPT=120 -o $@ $@.o $(filter-out $<,$(filter %.c %.o,$^)) -lm

$(BUILD)/rp2040.o: targets/rp2040/main.c $(TARGET_HEADERS)
	@mkdir -p $(@D)
	$(TARGET_CC) -Itargets/shims/pico-sdk -Dmain=rp2040_main -c -o $@ $<

$(BUILD)/test-attiny: $(BUILD)/attiny.o test/test_attiny.c $(CORE)
	$(TARGET_CC) -Itargets/shims/avr -o $@ $(filter %.c %.o,$^) -lm

$(BUILD)/attiny.o: targets/attiny/main.c $(TARGET_HEADERS)
	@mkdir -p $(@D)
	$(TARGET_CC) -Itargets/shims/avr -Dmain=attiny_main -c -o $@ $<

$(BUILD)/test-nrf54: $(BUILD)/nrf54.o test/test_nrf54.c targets/common/node.c $(CORE)
	$(TARGET_CC) -Itargets/shims/zephyr -o $@ $(filter %.c %.o,$^) -lm

$(BUILD)/nrf54.o: targets/nrf54/src/main.c $(TARGET_HEADERS)
	@mkdir -p $(@D)
	$(TARGET_CC) -Itargets/shims/zephyr -Dmain=nrf54_main -c -o $@ $<

# The chip's own program; this compiler is in Debian. `avrdude -p t1634 -U $(BUILD)/attiny.hex` writes it.
attiny: $(BUILD)/attiny.hex

$(BUILD)/attiny.hex: targets/attiny/main.c $(wildcard src/*.c) $(DRIVERS) $(HEADERS)
	@mkdir -p $(@D)
	avr-gcc -mmcu=attiny1634 -DF_CPU=8000000UL -Os -std=gnu99 -Wall -Wextra -Werror -Wshadow \
	  -ffunction-sections -fdata-sections -Wl,--gc-sections -Iinclude -Idrivers $(LEAF_FLAGS) \
	  -o $(BUILD)/attiny.elf $(filter %.c,$^) -lm
	avr-objcopy -O ihex $(BUILD)/attiny.elf $@
	avr-size $(BUILD)/attiny.elf

TARGET_TESTS = test-esp32 test-esp32-sealed test-rp2040 test-rp2040-sealed test-attiny test-nrf54 test-gateway

test-targets: $(TARGET_TESTS)

test-esp32: $(BUILD)/test-esp32-espnow $(BUILD)/test-esp32-uart
	$(BUILD)/test-esp32-espnow hour
	$(BUILD)/test-esp32-espnow motion
	$(BUILD)/test-esp32-espnow sleep
	$(BUILD)/test-esp32-uart uart

test-esp32-sealed: $(BUILD)/test-esp32-sealed
	$(BUILD)/test-esp32-sealed hour
	$(BUILD)/test-esp32-sealed cuts

test-rp2040-sealed: $(BUILD)/test-rp2040-sealed
	$(BUILD)/test-rp2040-sealed hour
	$(BUILD)/test-rp2040-sealed cuts

test-gateway: $(BUILD)/test-gateway-udp $(BUILD)/test-gateway-uart
	$(BUILD)/test-gateway-udp udp
	$(BUILD)/test-gateway-uart uart

test-rp2040 test-attiny test-nrf54: test-%: $(BUILD)/test-%
	$(BUILD)/test-$*

.PHONY: attiny test-targets $(TARGET_TESTS)
