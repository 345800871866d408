-- An enrolment of each device, good for plans only: the secrets are not sealed, so that the store can read none of them.
INSERT INTO enrollments (
    id, organization_id, device_id, state, win_id, fingerprint, not_before, not_after, configured, refused, created_at,
    kind, thumbprint, serial, credential_name, credential_digest, nonce, server_secret, server_nonce, facts
)
SELECT
    'eeeeeeeeeeee' || substr(id, 13), organization_id, id, CASE state WHEN 'DELETED' THEN 'ended' ELSE 'active' END, win_id,
    '00000000000000000000000000000000000000000000000000' || substr(id, 11), created_at, created_at + 31536000000,
    {false}, 0, created_at, 'Device', substr(id, 13), substr(id, 13), id, 'digest', {bytes}, 'secret', {bytes}, '[]'
FROM devices WHERE organization_id = '{organization}';
