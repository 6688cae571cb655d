-- Online: the tables that these indexes serve may be large, and are written meanwhile. Each statement may be repeated:
-- a build that was interrupted leaves an invalid index behind.
--
-- Whether anything still names an instance: the foreign keys ask when belfry prune removes one
-- (prune_instances.sql), and without an index each question would read a table from end to end. The many rows
-- of one instance are folded into few entries, and of the posts only those in flight have an owner.

DROP INDEX CONCURRENTLY IF EXISTS post_attempts_by_instance;
CREATE INDEX CONCURRENTLY post_attempts_by_instance ON post_attempts (instance_id);
DROP INDEX CONCURRENTLY IF EXISTS wakes_by_instance;
CREATE INDEX CONCURRENTLY wakes_by_instance ON wake_log (instance_id);
DROP INDEX CONCURRENTLY IF EXISTS scheduling_posts_by_owner;
CREATE INDEX CONCURRENTLY scheduling_posts_by_owner ON scheduling_posts (lease_instance_id)
  WHERE lease_instance_id IS NOT NULL;
