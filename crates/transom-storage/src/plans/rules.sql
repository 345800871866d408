-- Rules that give policies: 300 of them, over the policies in turn, each of them matching 40 devices.
INSERT INTO automation_rules (
    id, organization_id, segment_id, name, description, enabled, audiences, policy_id, priority, created_at, updated_at
)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300),
all_policies (id, number, total) AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1, count(*) OVER () FROM policies WHERE organization_id = '{organization}'
)
SELECT
    'ffffffffffff' || (100000000000 + i), '{organization}', 0, 'Rule ' || i, 'What the rule is for, in a sentence of some words',
    {true}, '[]', id, 10, 0, 0
FROM n JOIN all_policies ON number = i % total;

INSERT INTO rule_enforcements (device_id, rule_id, audiences, since)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300),
m (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM m WHERE k < 40)
SELECT
    'dddddddddddd' || (100000000000 + 1 + (CAST(i AS BIGINT) * 61 + k) % {devices}), 'ffffffffffff' || (100000000000 + i), '[]', 0
FROM n, m;
