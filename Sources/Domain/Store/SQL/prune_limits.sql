-- History that is older than these times is removed; NULL days keep it forever. Read once, so that a run ends.
SELECT now() - make_interval(days => $1::int) AS steps, now() - make_interval(days => $2::int) AS wakes,
  now() - make_interval(days => $3::int) AS audit
