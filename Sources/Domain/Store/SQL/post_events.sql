SELECT at, event FROM post_timeline WHERE post = $1
