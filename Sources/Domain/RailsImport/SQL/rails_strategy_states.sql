SELECT count(*) AS rows FROM content_strategy_states
