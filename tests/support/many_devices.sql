-- A fleet of {devices} devices in the organization {organization}, as SQLite and PostgreSQL both read it. Whoever runs it
-- fills in {now} in milliseconds and {report}, what a PC said, with SERIAL for its serial number. Needs the root segment and
-- at least one policy. Enrolments are not among it: their secrets are sealed, which takes the store.
--
-- Of 100 devices: 89 ACTIVE, 5 DELETED, 3 PROVISIONING, 2 UNKNOWN, 1 DELETE_REQUESTED. Every second one has the tag
-- "fleet", one in 20 each "dept-…", one in 1,000 each "room-…". Half have the first policy in the primary slot, the others
-- one of all; half have a direct assignment too. Five devices have the same user. Six segments below the root have nine
-- each below them. Every second device came through one of 40 enrolment templates; one in 200 no rule wanted, one in 200
-- waits for its inventory.

INSERT INTO segments (organization_id, id, name, parent_id, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
SELECT '{organization}', i, 'Segment ' || i, CASE WHEN i <= 6 THEN 0 ELSE (i - 7) / 9 + 1 END, 0 FROM n;

INSERT INTO users (id, organization_id, email, name, name_key, created_at, updated_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {devices} / 5)
SELECT 'aaaaaaaaaaaa' || (100000000000 + i), '{organization}', 'user' || i || '@bench.example', 'User ' || i, 'user ' || i, 0, 0
FROM n;

INSERT INTO devices (
    id, organization_id, segment_id, user_id, display_name, display_name_key, win_id, win_id_key, state,
    computer_name, computer_name_key, os_version, os_version_name, serial_number, serial_number_key,
    manufacturer, manufacturer_key, model, model_key, custom_config, refresh_needed, last_status_report, enrolled_at, created_at, updated_at,
    enrollment_template_id, enrollment_state
)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {devices}),
facts (i, name, computer, serial, state, win) AS (
    SELECT
        i,
        CASE i % 4 WHEN 0 THEN 'Laptop' WHEN 1 THEN 'Desk' WHEN 2 THEN 'Kiosk' ELSE 'Till' END || ' '
            || CASE i * 31 % 5 WHEN 0 THEN 'Berlin' WHEN 1 THEN 'Madrid' WHEN 2 THEN 'Oslo' WHEN 3 THEN 'Kyoto' ELSE 'Lima' END
            || ' ' || i,
        'DESKTOP-' || (10000000 + CAST(i AS BIGINT) * 7919 % 9000001),
        '5CG' || (1000000 + CAST(i AS BIGINT) * 104729 % 8999993),
        CASE
            WHEN i % 20 = 0 THEN 'DELETED'
            WHEN i % 100 IN (1, 31, 61) THEN 'PROVISIONING'
            WHEN i % 100 IN (3, 53) THEN 'UNKNOWN'
            WHEN i % 100 = 7 THEN 'DELETE_REQUESTED'
            ELSE 'ACTIVE'
        END,
        'B1E9301C-8666-412A-BA2F-' || (300000000000 + CAST(i AS BIGINT) * 15485863 % 699999999989)
    FROM n
)
SELECT
    'dddddddddddd' || (100000000000 + i), '{organization}', CAST(i AS BIGINT) * 7 % 61,
    'aaaaaaaaaaaa' || (100000000000 + 1 + i % ({devices} / 5)), name, lower(name), win, lower(win), state,
    computer, lower(computer), '10.0.' || CASE i % 3 WHEN 0 THEN '22631' ELSE '26100' END || '.' || (4000 + i % 40),
    'Windows 11 Enterprise', serial, lower(serial), 'Example Corporation', 'example corporation', 'Model ' || (i % 12), 'model ' || (i % 12),
    '{"costCentre":"' || (i % 300) || '"}', '[]',
    CASE WHEN state = 'PROVISIONING' THEN NULL ELSE {now} - CAST(i AS BIGINT) * 48271 % 3600000 END,
    CASE WHEN state = 'PROVISIONING' THEN NULL ELSE {now} - CAST({devices} - i AS BIGINT) * 400 END,
    {now} - CAST({devices} - i AS BIGINT) * 500, {now} - CAST(i AS BIGINT) * 69621 % 50000000,
    CASE i % 2 WHEN 0 THEN 'cccccccccccc' || (100000000000 + i % 80) END,
    CASE WHEN i % 2 = 1 THEN NULL WHEN i % 200 = 2 THEN 'unmatched' WHEN i % 200 = 4 THEN 'undecided' ELSE 'decided' END
FROM facts;

INSERT INTO device_tags (device_id, position, tag, tag_key)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {devices})
SELECT 'dddddddddddd' || (100000000000 + i), 0, 'dept-' || (i * 3 % 20), 'dept-' || (i * 3 % 20) FROM n
UNION ALL
SELECT 'dddddddddddd' || (100000000000 + i), 1, 'room-' || (i * 17 % 1000), 'room-' || (i * 17 % 1000) FROM n
UNION ALL
SELECT 'dddddddddddd' || (100000000000 + i), 2, 'Fleet', 'fleet' FROM n WHERE i % 2 = 0;

INSERT INTO device_policy_assignments (device_id, position, slot, policy_id, priority)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {devices}),
all_policies (id, number, total) AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1, count(*) OVER () FROM policies WHERE organization_id = '{organization}'
)
SELECT 'dddddddddddd' || (100000000000 + i), 0, 'primary', id, 10000
FROM n JOIN all_policies ON number = CASE i % 2 WHEN 0 THEN 0 ELSE (i / 2) % total END
UNION ALL
SELECT 'dddddddddddd' || (100000000000 + i), 1, 'direct', id, 100
FROM n JOIN all_policies ON number = (i / 3) % total WHERE i % 2 = 0;

INSERT INTO device_state_changes (device_id, state, entered_at, reason)
SELECT id, 'PROVISIONING', created_at, 'enrollment-started' FROM devices WHERE organization_id = '{organization}'
UNION ALL
SELECT id, 'ACTIVE', enrolled_at, 'initial-enrollment' FROM devices
WHERE organization_id = '{organization}' AND enrolled_at IS NOT NULL;

INSERT INTO device_reports (device_id, config, dates)
SELECT id, replace('{report}', 'SERIAL', serial_number), '{"hardware":0}' FROM devices
WHERE organization_id = '{organization}';
