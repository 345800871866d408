DROP INDEX devices_by_model;
ALTER TABLE devices DROP COLUMN model_key;
ALTER TABLE devices DROP COLUMN manufacturer_key;
