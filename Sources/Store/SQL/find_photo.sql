-- By id, by the path as registered, or by the last part of the path.
SELECT id, path FROM photos
WHERE persona_id = $1
  AND ($2 = id::text OR $2 = path OR $2 = url OR path LIKE '%/' || replace(replace($2, '%', '\%'), '_', '\_'))
ORDER BY $2 = path DESC, id
LIMIT 2
