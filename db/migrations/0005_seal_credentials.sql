-- Access tokens and app secrets, sealed by an AEAD whose key only the daemon's host has
-- (belfry.key). A dump of this table opens nothing.
CREATE TABLE sealed_credentials (
  persona_id  bigint      NOT NULL REFERENCES personas ON DELETE CASCADE,
  name        text        NOT NULL CHECK (name IN ('access_token', 'app_secret')),
  sealed      bytea       NOT NULL,
  expires_at  timestamptz,
  verified_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (persona_id, name)
);
COMMENT ON TABLE sealed_credentials IS
  'tokens and app secrets, sealed with belfry.key for this persona and this name';
COMMENT ON COLUMN sealed_credentials.sealed IS
  'key id, nonce and ciphertext; moved to another row it does not open';
COMMENT ON COLUMN sealed_credentials.expires_at IS
  'when the platform said the token ends; NULL when it does not or did not say';
COMMENT ON COLUMN sealed_credentials.verified_at IS 'when the platform last accepted it';

ALTER TABLE personas ADD COLUMN app_id text CHECK (app_id ~ '^[0-9]{1,32}$');
COMMENT ON COLUMN personas.app_id IS 'id of the Meta app that the token was issued to';
