SELECT id, name, login, instagram_account_id AS account_id, app_id, time_zone FROM personas WHERE name = $1
