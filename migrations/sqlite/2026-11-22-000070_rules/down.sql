DROP INDEX devices_by_id_of_organization;
DROP TABLE rule_work;
DROP TABLE rule_flips;
DROP TABLE rule_enforcements;
DROP TABLE automation_rules;
DROP TABLE device_audiences;
