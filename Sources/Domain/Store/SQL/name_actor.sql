SELECT set_config('belfry.actor', $1, true) AS actor
