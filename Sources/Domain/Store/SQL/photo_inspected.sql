UPDATE photos
SET format = $2, width = $3, height = $4, bytes = $5, sha256 = $6, inspected_at = now()
WHERE id = $1
