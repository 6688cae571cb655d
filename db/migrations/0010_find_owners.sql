-- Whether anything still names an instance: the foreign keys ask when belfry prune removes one
-- (prune_instances.sql), and without an index each question would read a table from end to end. The many rows
-- of one instance are folded into few entries, and of the posts only those in flight have an owner.
CREATE INDEX post_attempts_by_instance ON post_attempts (instance_id);
CREATE INDEX wakes_by_instance ON wakes (instance_id);
CREATE INDEX scheduling_posts_by_owner ON scheduling_posts (lease_instance_id) WHERE lease_instance_id IS NOT NULL;
