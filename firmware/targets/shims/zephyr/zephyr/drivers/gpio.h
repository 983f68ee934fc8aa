#include "../../zephyr_api.h"
