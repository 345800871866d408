DELETE FROM rule_flips WHERE kind <> 'rule';
ALTER TABLE rule_flips DROP COLUMN kind;
DROP TABLE script_runs;
DROP TABLE script_assignments;
