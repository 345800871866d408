DROP INDEX devices_searched;
DROP INDEX devices_by_id;
DROP INDEX devices_of_user;
DROP INDEX devices_of_segment;
DROP INDEX devices_of_organization_by_state;
DROP INDEX devices_by_os_version;
DROP INDEX devices_by_serial_number;
DROP INDEX devices_by_computer_name;
DROP INDEX devices_by_display_name;
DROP INDEX devices_by_last_status_report;
DROP INDEX devices_by_enrolled_at;
DROP INDEX devices_by_updated_at;
DROP INDEX devices_of_organization;

CREATE INDEX devices_of_organization ON devices (organization_id, created_at, id);
CREATE INDEX devices_of_segment ON devices (organization_id, segment_id, created_at, id);
CREATE INDEX devices_of_user ON devices (user_id);
CREATE INDEX devices_by_serial_number ON devices (organization_id, serial_number_key);
