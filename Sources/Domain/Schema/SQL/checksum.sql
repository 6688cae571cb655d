SELECT encode(sha256($1::bytea), 'hex') AS checksum
