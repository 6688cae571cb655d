-- What is older than these times may go; NULL days keep for ever. Taken once, so that a run has an end.
SELECT now() - make_interval(days => $1::int) AS steps, now() - make_interval(days => $2::int) AS wakes,
  now() - make_interval(days => $3::int) AS audit
