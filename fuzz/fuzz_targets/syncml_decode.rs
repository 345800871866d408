//! Any bytes decode to a message or to an error; a message that was decoded survives writing and reading again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use transom_syncml::{Limits, decode, encode};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(message) = decode(bytes, &limits) else { return };
    let written = encode(&message).expect("what was decoded can be written");
    let again = decode(written.as_bytes(), &limits).expect("what we write can be read");
    assert_eq!(message, again, "a message changed between writing and reading");
});
