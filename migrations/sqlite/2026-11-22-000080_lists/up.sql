-- Lists of devices that stay fast at 100,000 of them. A list is made in three steps: how many there are, the ids on the
-- page, and the rows of these ids. The first two read indexes only, so each index ends in the columns that every list
-- looks at: id, state and segment.

DROP INDEX devices_of_organization;
DROP INDEX devices_of_segment;
DROP INDEX devices_of_user;
DROP INDEX devices_by_serial_number;

-- One for each field that lists are sorted by, in that order.
CREATE INDEX devices_of_organization ON devices (organization_id, created_at, id, state, segment_id);
CREATE INDEX devices_by_updated_at ON devices (organization_id, updated_at, id, state, segment_id);
CREATE INDEX devices_by_enrolled_at ON devices (organization_id, enrolled_at, id, state, segment_id);
CREATE INDEX devices_by_last_status_report ON devices (organization_id, last_status_report, id, state, segment_id);
CREATE INDEX devices_by_display_name ON devices (organization_id, display_name_key, id, state, segment_id);
CREATE INDEX devices_by_computer_name ON devices (organization_id, computer_name_key, id, state, segment_id);
CREATE INDEX devices_by_serial_number ON devices (organization_id, serial_number_key, id, state, segment_id);
CREATE INDEX devices_by_os_version ON devices (organization_id, os_version, id, state, segment_id);
CREATE INDEX devices_of_organization_by_state ON devices (organization_id, state, id, segment_id);

-- One for each filter that leads to few devices among many. By id for filters that begin in another table: tags, policies.
CREATE INDEX devices_of_segment ON devices (organization_id, segment_id, created_at, id, state);
CREATE INDEX devices_of_user ON devices (user_id, organization_id, created_at, id, state, segment_id);
CREATE INDEX devices_by_id ON devices (id, organization_id, state, segment_id, created_at);

-- Text anywhere in a name cannot be looked up in an order; this is the narrowest thing to read from end to end.
CREATE INDEX devices_searched ON devices (
    organization_id, display_name_key, computer_name_key, serial_number_key, win_id_key, state, segment_id, id
);
