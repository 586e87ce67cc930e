enum { FACTOR_COUNT = sizeof FACTORS / sizeof *FACTORS };

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (!memory) __builtin_trap();
    return memory;
}

static meed_reward_string_t text(const char *characters) {
    meed_reward_string_t string;
    meed_reward_string_dup(&string, characters ? characters : "");
    return string;
}

static meed_reward_types_list_field_t fields(const Field *from, size_t count) {
    meed_reward_types_field_t *to = allocate(count, sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = (meed_reward_types_field_t){text(from[i].name), from[i].size, text(from[i].unit),
                                            from[i].low, from[i].high, from[i].reads};
    return (meed_reward_types_list_field_t){to, count};
}

void exports_meed_reward_plugin_describe(exports_meed_reward_plugin_description_t *description) {
    memset(description, 0, sizeof *description);
    description->name = text(NAME);
    description->version = text("0.1.0");
    description->summary = text(SUMMARY);
    description->observation = fields(OBSERVATION_FIELDS, OBSERVATION_FIELDS_COUNT);
    description->action = fields(ACTION_FIELDS, ACTION_FIELDS_COUNT);
    description->granularity = MEED_REWARD_TYPES_GRANULARITY_ROW;
    meed_reward_types_factor_t *factors = allocate(FACTOR_COUNT, sizeof *factors);
    for (size_t i = 0; i < FACTOR_COUNT; i++)
        factors[i] = (meed_reward_types_factor_t){text(FACTORS[i].name), FACTORS[i].low, FACTORS[i].high,
                                                  FACTORS[i].weight, text(FACTORS[i].meaning)};
    description->factors = (meed_reward_types_list_factor_t){factors, FACTOR_COUNT};
}

static void row_of(void *row, size_t size, const meed_reward_list_f32_t *list, size_t index, size_t columns) {
    memset(row, 0, size);
    if (list->len >= (index + 1) * columns) memcpy(row, list->ptr + index * columns, columns * sizeof(float));
}

bool exports_meed_reward_transition_evaluate(exports_meed_reward_transition_transitions_t *batch,
                                             exports_meed_reward_transition_scores_t *scores,
                                             exports_meed_reward_transition_fault_t *fault) {
    (void)fault;
    size_t rows = batch->rows;
    float *values = allocate(rows * FACTOR_COUNT, sizeof *values);
    for (size_t i = 0; i < rows; i++) {
        Observation observation, next;
        Action action;
        row_of(&observation, sizeof observation, &batch->observation, i, OBSERVATION_COLUMNS);
        row_of(&next, sizeof next, &batch->next_observation, i, OBSERVATION_COLUMNS);
        row_of(&action, sizeof action, &batch->action, i, ACTION_COLUMNS);
        reward(&observation, &next, &action, values + i * FACTOR_COUNT);
    }
    scores->values = (meed_reward_list_f32_t){values, rows * FACTOR_COUNT};
    scores->unscored = (meed_reward_types_list_unscored_t){NULL, 0};
    exports_meed_reward_transition_transitions_free(batch);
    return true;
}
