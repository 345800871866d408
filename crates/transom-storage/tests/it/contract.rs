//! The contract suite of the domain, one test a promise and database.

use crate::databases::Database;
use std::sync::Arc;
use transom_domain::{ports::Store, testing::contract};

/// Runs a promise on a fresh database.
async fn hold<F: Future<Output = ()>>(database: Option<Database>, promise: impl FnOnce(Arc<dyn Store>) -> F) {
    if let Some(database) = database {
        promise(database.open()).await;
    }
}

macro_rules! tests {
    ($($group:ident { $($promise:ident)* })*) => {
        mod sqlite_in_memory {
            $(mod $group {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::super::hold(Some(super::super::Database::Memory), super::super::contract::$group::$promise).await;
                }
            )*})*
        }
        mod sqlite_in_a_file {
            $(mod $group {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::super::hold(Some(super::super::Database::file()), super::super::contract::$group::$promise).await;
                }
            )*})*
        }
        mod postgres {
            $(mod $group {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::super::hold(super::super::Database::postgres(), super::super::contract::$group::$promise).await;
                }
            )*})*
        }
    };
}

transom_domain::for_each_store_promise!(tests);
