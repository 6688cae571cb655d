-- The file that ActiveStorage stores for a photo: its key and its service.
SELECT page.id, page.record_id AS photo_id, data ->> 'key' AS key, data ->> 'service_name' AS service,
  (data ->> 'byte_size')::bigint AS bytes
FROM (
  SELECT attachment.id, attachment.record_id, to_jsonb(blob) AS data
  FROM active_storage_attachments AS attachment
  JOIN active_storage_blobs AS blob ON blob.id = attachment.blob_id
  WHERE attachment.record_type = 'Photo' AND attachment.name = 'image' AND attachment.id > $1
  ORDER BY attachment.id LIMIT $2
) AS page
ORDER BY page.id
