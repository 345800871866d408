//! Messages of every kind in any order: `PROPTEST_CASES` says how many scripts are tried.

use proptest::prelude::*;

use crate::script;

proptest! {
    #[test]
    fn a_session_keeps_its_promises_whatever_comes(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        script::run(&bytes);
    }
}
