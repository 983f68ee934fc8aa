#include "../pico_sdk.h"
