SELECT set_config('TimeZone', $1, true) AS zone
