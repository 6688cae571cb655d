-- The rows of earlier imports; for posts, also their present status here.
SELECT known.kind, known.origin_id, known.local_id, known.origin_updated_at, post.status
FROM rails_imports AS known
LEFT JOIN scheduling_posts AS post ON known.kind = 'post' AND post.id = known.local_id
WHERE known.source = $1
