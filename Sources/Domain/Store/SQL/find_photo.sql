-- By id, by the path or url as registered, or by the last part of the path; a whole path comes first.
SELECT id, path FROM photos
WHERE persona_id = $1
  AND ($2 = id::text OR $2 = path OR $2 = url OR right(path, length($2) + 1) = '/' || $2)
ORDER BY $2 = path DESC NULLS LAST, id
LIMIT 2
