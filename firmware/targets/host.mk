# Targets whose SDK is not here compile against thin shims of it, and run in virtual time. Names of
# their sections tell the simulation what a deep sleep forgets.
ESP32 = targets/esp32/main
ESP32_FLAGS = -Itargets/common -Itargets/shims/esp-idf -fno-pie -Dsettimeofday=sim_settimeofday
ESP32_LEAF = $(ESP32)/leaf_main.c $(ESP32)/board.c targets/common/node.c
LEAF = src/mycel_leaf.c $(CODEC)
TARGET_HEADERS = $(wildcard targets/*/*.h targets/*/*/*.h)

$(BUILD)/esp32-%.o: $(ESP32_LEAF) $(ESP32)/radio_%.c $(HEADERS) $(TARGET_HEADERS)
	@mkdir -p $(BUILD)/esp32-$*
	for c in $(filter %.c,$^); do \
	  $(CC) $(CFLAGS) -std=gnu11 $(ESP32_FLAGS) -c $$c -o $(BUILD)/esp32-$*/$$(basename $$c).o || exit 1; done
	ld -r -o $@ $(BUILD)/esp32-$*/*.o
	objcopy --rename-section .data=app_data \
	  --rename-section .bss=app_zero,alloc,load,contents,data $@

$(BUILD)/test-esp32-%: $(BUILD)/esp32-%.o test/test_esp32.c test/sim_esp32.c test/sim_sensors.c $(LEAF) $(DRIVERS)
	$(CC) $(CFLAGS) -std=gnu11 $(ESP32_FLAGS) -no-pie -o $@ $(filter %.c %.o,$^) -lm

RP2040_FLAGS = -Itargets/common -Itargets/shims/pico-sdk
$(BUILD)/test-rp2040: targets/rp2040/main.c test/test_rp2040.c test/sim_sensors.c targets/common/node.c $(LEAF) $(DRIVERS) $(HEADERS) $(TARGET_HEADERS)
	@mkdir -p $(BUILD)
	$(CC) $(CFLAGS) -std=gnu11 $(RP2040_FLAGS) -Dmain=rp2040_main -c $< -o $(BUILD)/rp2040.o
	$(CC) $(CFLAGS) -std=gnu11 $(RP2040_FLAGS) -o $@ $(BUILD)/rp2040.o $(filter-out $<,$(filter %.c,$^)) -lm

test-targets: test-esp32 test-rp2040

test-esp32: $(BUILD)/test-esp32-espnow $(BUILD)/test-esp32-uart
	$(BUILD)/test-esp32-espnow hour
	$(BUILD)/test-esp32-espnow motion
	$(BUILD)/test-esp32-espnow sleep
	$(BUILD)/test-esp32-uart uart

test-rp2040: $(BUILD)/test-rp2040
	$(BUILD)/test-rp2040

.PHONY: test-targets test-esp32 test-rp2040
