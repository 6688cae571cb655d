-- What the writer of a caption wants to remember about it (model, prompt, tone, …). Belfry keeps it
-- and never reads it.
ALTER TABLE scheduling_posts
  ADD COLUMN caption_metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(caption_metadata) = 'object');
COMMENT ON COLUMN scheduling_posts.caption_metadata IS
  'free notes about how the caption was made, a JSON object';
