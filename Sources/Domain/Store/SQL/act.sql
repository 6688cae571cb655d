-- One of the database's verbs ($1) on a post ($2), a persona ($3), or everything (both NULL). $4 and $5 are its other
-- arguments: a reason or a time; for resolve, the outcome and the media id.
SELECT CASE $1::text
    WHEN 'hold' THEN CASE WHEN $2::int8 IS NOT NULL THEN hold($2::int8, $4::text) WHEN $3::text IS NOT NULL
      THEN hold($3::text, $4::text)
      ELSE hold_all($4::text) END
    WHEN 'release' THEN CASE WHEN $2::int8 IS NOT NULL THEN release($2::int8) WHEN $3::text IS NOT NULL
      THEN release($3::text)
      ELSE release_all() END
    WHEN 'retry' THEN CASE WHEN $2::int8 IS NOT NULL THEN retry($2::int8, $4::text) WHEN $3::text IS NOT NULL
      THEN retry($3::text)
      ELSE retry_all() END
    WHEN 'cancel' THEN CASE WHEN $2::int8 IS NOT NULL THEN cancel($2::int8) WHEN $3::text IS NOT NULL
      THEN cancel($3::text)
      ELSE cancel_all() END
    WHEN 'move' THEN move($2::int8, $4::text)
    WHEN 'resolve' THEN resolve($2::int8, $4::text, $5::text)
  END AS answer
