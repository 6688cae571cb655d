UPDATE personas
SET instagram_account_id = coalesce($2, instagram_account_id), app_id = coalesce($3, app_id),
    login = coalesce($4, login), username = coalesce($5, username)
WHERE id = $1
