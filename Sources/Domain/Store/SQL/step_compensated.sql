UPDATE post_steps SET phase = 'compensated', finished_at = clock_timestamp()
WHERE post_id = $1 AND attempt = $2 AND ordinal = $3 AND phase = 'stuck'
