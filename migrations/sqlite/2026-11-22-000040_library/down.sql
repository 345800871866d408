DROP TABLE user_smart_values;
DROP TABLE device_smart_values;
DROP TABLE smart_attributes;
DROP TABLE policy_references;
DROP TABLE device_scripts;
DROP TABLE scripts;
DROP TABLE applications;
