mod actions;
mod asked;
mod batches;
mod callers;
mod changes;
mod filters;
mod lists;
mod scripts;
