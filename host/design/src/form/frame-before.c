#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "meed_reward.h"

typedef struct {
    const char *name, *meaning;
    float weight, low, high;
} Factor;

typedef struct {
    const char *name;
    uint32_t size;
    const char *unit;
    float low, high;
    meed_reward_types_reads_t reads;
} Field;

