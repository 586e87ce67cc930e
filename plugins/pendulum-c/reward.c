// The cost of Gymnasium's Pendulum-v1, term by term, in C: the same reward as ../pendulum, for the same rows.
//
// `meed build` makes build/meed_reward.h from the interface in ../../wit and compiles this file with it. What a function hands
// back is freed after the call, text and lists alike, so that all of it is allocated here.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meed_reward.h"

enum { OBSERVATION = 3, ACTION = 1, FACTORS = 3 };

// Memory that is never missing: a plugin that gets none is stopped.
static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (!memory) __builtin_trap();
    return memory;
}

static meed_reward_string_t text(const char *characters) {
    meed_reward_string_t string;
    meed_reward_string_dup(&string, characters);
    return string;
}

static meed_reward_types_field_t field(const char *name, const char *unit, float low, float high) {
    return (meed_reward_types_field_t){text(name), 1, text(unit), low, high, MEED_REWARD_TYPES_READS_CURRENT};
}

static meed_reward_types_list_field_t fields(size_t count, const meed_reward_types_field_t *from) {
    meed_reward_types_field_t *copy = allocate(count, sizeof *copy);
    memcpy(copy, from, count * sizeof *copy);
    return (meed_reward_types_list_field_t){copy, count};
}

static meed_reward_types_factor_t factor(const char *name, const char *meaning, float weight, float low) {
    return (meed_reward_types_factor_t){text(name), low, 0.0f, weight, text(meaning)};
}

void exports_meed_reward_plugin_describe(exports_meed_reward_plugin_description_t *description) {
    memset(description, 0, sizeof *description);
    description->name = text("pendulum");
    description->version = text("0.1.0");
    description->summary = text("Pendulum-v1's own cost, term by term");
    description->observation = fields(OBSERVATION, (meed_reward_types_field_t[]){
        field("cos", "1", -1.0f, 1.0f),
        field("sin", "1", -1.0f, 1.0f),
        field("velocity", "rad/s", -8.0f, 8.0f),
    });
    description->action = fields(ACTION, (meed_reward_types_field_t[]){field("torque", "N m", -2.0f, 2.0f)});
    description->granularity = MEED_REWARD_TYPES_GRANULARITY_ROW;

    meed_reward_types_factor_t *factors = allocate(FACTORS, sizeof *factors);
    factors[0] = factor("angle", "minus the squared angle from upright, in rad²", 1.0f, -9.8697f);
    factors[1] = factor("velocity", "minus the squared angular velocity", 0.1f, -64.0f);
    factors[2] = factor("torque", "minus the squared torque that the motor can give", 0.001f, -4.0f);
    description->factors = (meed_reward_types_list_factor_t){factors, FACTORS};
}

static void reward(const float *observation, const float *action, float *factors) {
    float angle = atan2f(observation[1], observation[0]);
    float velocity = observation[2];
    float torque = action[0] < -2.0f ? -2.0f : action[0] > 2.0f ? 2.0f : action[0];
    factors[0] = -angle * angle;
    factors[1] = -velocity * velocity;
    factors[2] = -torque * torque;
}

// Returns true and fills `scores`; false and `fault` would refuse the whole batch.
bool exports_meed_reward_transition_evaluate(exports_meed_reward_transition_transitions_t *batch,
                                             exports_meed_reward_transition_scores_t *scores,
                                             exports_meed_reward_transition_fault_t *fault) {
    (void)fault;
    size_t rows = batch->rows;
    float *values = allocate(rows * FACTORS, sizeof *values);
    for (size_t row = 0; row < rows; row++)
        reward(batch->observation.ptr + row * OBSERVATION, batch->action.ptr + row * ACTION, values + row * FACTORS);
    scores->values = (meed_reward_list_f32_t){values, rows * FACTORS};
    scores->unscored = (meed_reward_types_list_unscored_t){NULL, 0};
    exports_meed_reward_transition_transitions_free(batch);
    return true;
}
