//! A session keeps its promises whatever comes: bytes become messages of every kind in any order, against the session
//! machine over a store in memory. The script and what must hold are those of the session crate's property test.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/transom-omadm/tests/it/invariants.rs"]
mod invariants;
#[path = "../../crates/transom-omadm/tests/it/script.rs"]
mod script;
#[allow(dead_code, reason = "the other tests need more of it")]
#[path = "../../crates/transom-omadm/tests/it/store.rs"]
mod store;
#[path = "../../crates/transom-omadm/tests/it/strange.rs"]
mod strange;
#[allow(dead_code, reason = "the other tests need more of it")]
#[path = "../../crates/transom-omadm/tests/it/world.rs"]
mod world;

fuzz_target!(|bytes: &[u8]| script::run(bytes));
