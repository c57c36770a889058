//! Stores that answer without end, or otherwise than a store does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{CSV, refused, world};

/// A store that answers each request with what `answer` makes of its line, for as long as anybody listens.
fn store(answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut request, mut piece) = (Vec::new(), [0; 4096]);
            while let Ok(read @ 1..) = stream.read(&mut piece) {
                request.extend_from_slice(&piece[..read]);
                if request.windows(4).any(|window| window == b"\r\n\r\n") {
                    break;
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            // Whoever has gone does not want to know.
            let _ = answer(request.lines().next().unwrap_or_default(), &mut stream);
        }
    });
    port
}

fn listed(stream: &mut TcpStream, names: &[String], next: Option<String>) -> std::io::Result<()> {
    let objects: String = names
        .iter()
        .map(|name| {
            format!("<Contents><Key>{name}</Key><Size>3</Size><LastModified>2024-01-01T00:00:00.000Z</LastModified></Contents>")
        })
        .collect();
    let more = next.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |next| {
        format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>")
    });
    let body = format!("<ListBucketResult>{more}{objects}</ListBucketResult>");
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_store_that_answers_without_end_is_an_error() {
    let next = AtomicU64::new(0);
    let port = store(move |line, stream| {
        let kind = line.split('&').find_map(|part| part.split_once("prefix=")).map_or("", |(_, prefix)| prefix);
        let kind = kind.split(['%', '/', ' ']).next().unwrap_or_default();
        // Every answer is another one.
        let number = || next.fetch_add(1_000, Ordering::Relaxed);
        match kind {
            "circle" => listed(stream, &["circle/a".to_owned()], Some("again".to_owned())),
            "endless" => listed(stream, &[], Some(number().to_string())),
            "hidden" => {
                let first = number();
                let names: Vec<String> = (0..1000).map(|name| format!("hidden/_{}", first + name)).collect();
                listed(stream, &names, Some(first.to_string()))
            }
            "twice" => listed(stream, &["twice/a".to_owned(), "twice/a".to_owned()], None),
            "long" => {
                write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ListBucketResult>")?;
                loop {
                    stream.write_all(&[b' '; 1 << 16])?;
                }
            }
            "lying" => {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n<ListBucketResult>", 1_u64 << 62)
            }
            "complaint" => {
                write!(stream, "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n")?;
                loop {
                    stream.write_all(&[b'x'; 1 << 16])?;
                }
            }
            _ => Ok(()),
        }
    });
    let (world, _) = world();
    world.succeed(".networklink create n\n");
    for (kind, words) in [
        ("circle", "the listing repeats a continuation token"),
        ("endless", "the listing has more than 1000 pages"),
        ("hidden", "contains more than 100000 files"),
        ("twice", "the listing contains a duplicate file"),
        ("long", "cannot be reached, or answers with an error"),
        ("lying", "cannot be reached, or answers with an error"),
        ("complaint", "cannot be reached, or answers with an error"),
    ] {
        let define = format!(
            "create external table {kind} (id bigint) {CSV} location 's3://127.0.0.1:{port}/bkt/{kind}/' tblproperties ('networklink'='n');"
        );
        let begun = Instant::now();
        refused(&world, &format!("{define} select * from {kind};"), words);
        assert!(begun.elapsed() < Duration::from_secs(60), "{kind}: {:?}", begun.elapsed());
    }
}
