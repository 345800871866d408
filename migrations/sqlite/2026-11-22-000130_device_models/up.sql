-- Manufacturer and model as they are compared: without case. Scripts ask for PCs by them.
ALTER TABLE devices ADD COLUMN manufacturer_key TEXT;
ALTER TABLE devices ADD COLUMN model_key TEXT;

UPDATE devices SET manufacturer_key = lower(manufacturer), model_key = lower(model);

-- Of manufacturers there are few, which an index would not tell apart.
CREATE INDEX devices_by_model ON devices (organization_id, model_key, id);
