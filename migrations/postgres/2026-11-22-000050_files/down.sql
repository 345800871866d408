DROP TABLE admx_definitions;
DROP TABLE admx_sources;
DROP TABLE admx_configs;
DROP TABLE assets;
