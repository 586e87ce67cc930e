// Uses what plugins use, so that Zig makes the libraries for it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meed_reward.h"

void exports_meed_reward_plugin_describe(exports_meed_reward_plugin_description_t *description) {
    memset(description, 0, sizeof *description);
    meed_reward_string_dup(&description->name, "empty");
}

bool exports_meed_reward_transition_evaluate(exports_meed_reward_transition_transitions_t *batch,
                                             exports_meed_reward_transition_scores_t *scores,
                                             exports_meed_reward_transition_fault_t *fault) {
    (void)fault;
    float *values = calloc(1, sizeof *values);
    values[0] = sinf((float)batch->rows);
    scores->values = (meed_reward_list_f32_t){values, 1};
    exports_meed_reward_transition_transitions_free(batch);
    return true;
}
