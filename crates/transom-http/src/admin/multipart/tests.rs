//! Bodies cut into every possible piece, broken ones, long ones.

use super::*;
use futures_util::{FutureExt, stream};

type Parts = Vec<(String, Option<String>, Vec<u8>)>;

/// The parts of a body that arrives in pieces of this length.
fn parts(body: &[u8], length: usize, max: u64) -> Result<Parts, Broken> {
    let chunks: Vec<_> = body.chunks(length).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let mut multipart = Multipart::new(stream::iter(chunks), "XX", max);
    let work = async {
        let mut parts = Vec::new();
        while let Some(head) = multipart.next().await? {
            let mut content = Vec::new();
            while let Some(piece) = multipart.piece().await? {
                assert!(!piece.is_empty());
                content.extend_from_slice(&piece);
            }
            parts.push((head.name, head.file_name, content));
        }
        Ok(parts)
    };
    work.now_or_never().unwrap()
}

fn part(headers: &str, content: &str) -> String {
    format!("--XX\r\n{headers}\r\n\r\n{content}\r\n")
}

const NAME: &str = "Content-Disposition: form-data; name=\"a\"";

#[test]
fn parts_are_read_however_the_network_cuts_them() {
    let tricky = "\r\n--X\r\n--\r\n\r\n--XY--XX\r\r\n-";
    let body = format!(
        "preamble\r\n{}{}{}--XX--\r\nepilogue",
        part(NAME, "1"),
        part(
            "content-disposition:form-data;filename=\"s.msi\"; name=file\r\nContent-Type: x/y",
            tricky
        ),
        part("Content-Disposition: form-data; name=\"empty\"", ""),
    );
    let expected = vec![
        ("a".to_owned(), None, b"1".to_vec()),
        ("file".to_owned(), Some("s.msi".to_owned()), tricky.as_bytes().to_vec()),
        ("empty".to_owned(), None, Vec::new()),
    ];
    for length in 1..=body.len() {
        assert_eq!(
            parts(body.as_bytes(), length, u64::MAX),
            Ok(expected.clone()),
            "{length}"
        );
    }
}

#[test]
fn a_body_has_at_most_so_many_bytes() {
    let body = part(NAME, "1") + "--XX--";
    let length = body.len() as u64;
    for size in [1, 7, 1_000] {
        assert!(parts(body.as_bytes(), size, length).is_ok());
        assert_eq!(parts(body.as_bytes(), size, length - 1), Err(Broken::TooLarge));
    }
}

#[test]
fn what_breaks_off_is_never_taken_for_whole() {
    let body = part(NAME, "content") + "--XX--";
    for end in 0..body.len() {
        assert_eq!(parts(&body.as_bytes()[..end], 5, u64::MAX), Err(Broken::Off), "{end}");
    }
    assert!(parts(body.as_bytes(), 5, u64::MAX).is_ok());
}

#[test]
fn the_head_of_a_part_is_limited_and_must_name_it() {
    let long = |n: usize| {
        let head = format!("{NAME}\r\nX: ");
        let rest = "x".repeat(n - head.len() - 2);
        part(&format!("{head}{rest}"), "") + "--XX--"
    };
    assert!(parts(long(HEAD_BYTES_MAX).as_bytes(), 100, u64::MAX).is_ok());
    assert!(matches!(
        parts(long(HEAD_BYTES_MAX + 1).as_bytes(), 100, u64::MAX),
        Err(Broken::Malformed(_))
    ));
    for bad in [
        "X: y",
        "Content-Disposition: form-data",
        "Content-Disposition: form-data; filename=\"a\"",
        "Content-Disposition: attachment; name=\"a\"",
        "Content-Disposition: form-data; name=\"a",
        "Content-Disposition form-data",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
    ] {
        let body = part(bad, "") + "--XX--";
        assert!(
            matches!(parts(body.as_bytes(), 100, u64::MAX), Err(Broken::Malformed(_))),
            "{bad}"
        );
    }
    assert!(matches!(
        parts(b"--XXY\r\n\r\n", 100, u64::MAX),
        Err(Broken::Malformed(_))
    ));
    let latin = b"--XX\r\nContent-Disposition: form-data; name=\"\xe9\"\r\n\r\n\r\n--XX--";
    assert!(matches!(parts(latin, 100, u64::MAX), Err(Broken::Malformed(_))));
}

#[test]
fn names_of_files_are_read_as_clients_write_them() {
    for (written, read) in [
        ("filename=\"a b.msi\"", "a b.msi"),
        ("filename=a.msi", "a.msi"),
        ("filename=\"C:\\Users\\a.msi\"", "C:\\Users\\a.msi"),
        ("filename=\"a\\\"b\\\\c\"", "a\"b\\c"),
        ("filename=\"x\"; filename*=UTF-8''%C3%A4%20b.msi", "ä b.msi"),
        ("filename=\"x\"; filename*=latin1''%E4", "x"),
        ("filename=\"ä;name=b.msi\"", "ä;name=b.msi"),
    ] {
        let body = part(&format!("Content-Disposition: form-data; {written}; name=\"a\""), "") + "--XX--";
        let parts = parts(body.as_bytes(), 9, u64::MAX).unwrap();
        assert_eq!(
            (parts[0].0.as_str(), parts[0].1.as_deref()),
            ("a", Some(read)),
            "{written}"
        );
    }
}

#[test]
fn boundaries_are_read_from_the_content_type() {
    assert_eq!(boundary("multipart/form-data; boundary=abc").as_deref(), Some("abc"));
    assert_eq!(
        boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"").as_deref(),
        Some("a b")
    );
    let long = |n: usize| boundary(&format!("multipart/form-data; boundary={}", "x".repeat(n)));
    assert!(long(BOUNDARY_BYTES_MAX).is_some() && long(BOUNDARY_BYTES_MAX + 1).is_none());
    for bad in [
        "multipart/form-data",
        "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=",
        "text/plain",
    ] {
        assert_eq!(boundary(bad), None, "{bad}");
    }
}

/// 200 MB go through, and at no time more than a piece of the network and a boundary are held.
#[test]
fn nothing_is_held_whole() {
    const PIECE: usize = 64 * 1024;
    const PIECES: usize = 3_200;
    let piece = Bytes::from(vec![b'\r'; PIECE]);
    let body = std::iter::once(Bytes::from(format!("--XX\r\n{NAME}\r\n\r\n")))
        .chain(std::iter::repeat_n(piece, PIECES))
        .chain([Bytes::from_static(b"\r\n--XX--")]);
    let mut multipart = Multipart::new(stream::iter(body.map(Ok)), "XX", u64::MAX);
    let work = async {
        multipart.next().await.unwrap().unwrap();
        let mut length = 0;
        while let Some(piece) = multipart.piece().await.unwrap() {
            assert!(piece.len() <= PIECE + 100);
            length += piece.len();
        }
        assert_eq!(length, PIECE * PIECES);
        assert_eq!(multipart.next().await, Ok(None));
    };
    work.now_or_never().unwrap();
    assert!(multipart.largest() <= PIECE + 100, "{}", multipart.largest());
}
