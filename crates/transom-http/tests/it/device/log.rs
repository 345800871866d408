//! What an administrator finds in the log: enough to follow a PC, and nothing that opens anything.

use super::{
    peers::package1,
    support::{ADA, Bench, PASSWORD, client_cert},
};
use std::{cell::RefCell, io};
use transom_mde::soap::{BinaryToken, Credential};

thread_local! {
    /// What this test's thread logged. A subscriber of this thread alone would not do: whether a place in the code logs
    /// at all is remembered once for the whole process, and other tests pass there without one.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_log_names_the_pc_and_the_reason_and_no_secret() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| Lines)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let bench = Bench::new().await;
    bench.token("enroll_secret", |token| token.uses_max = 1).await;
    let token = || Credential::BinarySecurityToken(BinaryToken::user_token("enroll_secret"));
    let refused = bench.enrol("PC-9", Credential::username(ADA, "hunter2")).await;
    let document = bench.enrol("PC-1", token()).await.document();
    bench.enrol("PC-2", token()).await.fault();
    bench.enrolled("PC-3").await;
    let der = document.client.der;
    bench.manage(Some(&der), package1("PC-1", "77")).await.message();
    bench
        .manage(Some(&der), package1("PC-3", "1\n2026 forged"))
        .await
        .message();

    let text = String::from_utf8(LINES.take()).unwrap();
    let id = refused.fault().header.activity_id.unwrap();
    let enrollment = document.dm_client.ent_dm_id;
    for wanted in [
        &*id,
        "Authentication",
        "0x80180002",
        "203.0.113.9",
        "PC-1",
        "77",
        &*enrollment,
    ] {
        assert!(text.contains(wanted), "{wanted} is missing: {text}");
    }
    let (client, server) = (&document.account.client.secret, &document.account.server.secret);
    let header = client_cert(&der);
    for secret in [
        "hunter2",
        "enroll_secret",
        PASSWORD,
        client.expose(),
        server.expose(),
        &header,
    ] {
        assert!(!text.contains(secret), "{secret} is logged");
    }
    assert!(
        !text.lines().any(|line| line.starts_with("2026 forged")),
        "a PC writes no lines of its own"
    );
}
