ALTER TABLE scripts DROP COLUMN run_as_32_bit;
ALTER TABLE scripts DROP COLUMN enforce_signature_check;
ALTER TABLE scripts DROP COLUMN file_name;
DROP TABLE device_apps;
DROP TABLE detected_apps;
DROP TABLE software_findings;
DROP TABLE server_keys;
DROP TABLE managed_device_facts;
