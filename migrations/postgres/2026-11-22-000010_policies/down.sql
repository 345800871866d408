DROP TABLE device_effective_policies;
DROP TABLE device_policy_assignments;
DROP TABLE policy_versions;
DROP TABLE policies;
