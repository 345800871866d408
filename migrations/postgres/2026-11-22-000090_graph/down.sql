DROP TABLE server_keys;
DROP INDEX devices_of_organization_by_id;
DROP TABLE managed_device_facts;
