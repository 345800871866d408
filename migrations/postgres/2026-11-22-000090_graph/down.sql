DROP TABLE server_keys;
DROP TABLE managed_device_facts;
