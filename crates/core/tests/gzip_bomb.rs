//! A small answer that unpacks to half a gigabyte takes no more memory than was allowed for.
//!
//! A program of its own, because it measures the memory of its process.

#![cfg(feature = "gzip")]
#![expect(clippy::expect_used, reason = "a test that cannot be set up must fail")]

use std::time::{Duration, Instant};

use cloudsnap_core::provider::{Authentication, Failure, HttpClient, Protocol, Request, Response};
use cloudsnap_core::{Connection, ErrorKind, HttpOptions, Result, Secret};
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How much the bomb unpacks to.
const UNPACKED: u64 = 512 * 1024 * 1024;

/// Bits in the order in which deflate packs them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u8,
    filled: u8,
}

impl Bits {
    fn push(&mut self, bits: &str) {
        for bit in bits.bytes() {
            self.pending |= (bit - b'0') << self.filled;
            self.filled += 1;
            if self.filled == 8 {
                self.bytes.push(self.pending);
                (self.pending, self.filled) = (0, 0);
            }
        }
    }
}

/// Sends a gzip stream of zeros: one fixed-Huffman block of one zero and matches of 258 bytes at distance 1.
async fn send_bomb(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n").await?;
    stream.write_all(b"Connection: close\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03").await?;
    let mut bits = Bits::default();
    bits.push("110"); // The last block, with the fixed code.
    bits.push("00110000"); // A zero.
    for match_number in 0..UNPACKED / 258 {
        bits.push("1100010100000"); // The 258 bytes before, from one byte back.
        if match_number % 10_000 == 0 {
            stream.write_all(&std::mem::take(&mut bits.bytes)).await?;
        }
    }
    bits.push("0000000"); // The end of the block.
    bits.push("0000000");
    stream.write_all(&bits.bytes).await
}

#[derive(Debug)]
struct Plain;

impl Protocol for Plain {
    fn authenticate(&self) -> Result<Authentication> {
        Ok(Authentication::default())
    }

    fn secrets(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        (!response.is_success()).then(|| Failure::from_status(response))
    }
}

/// The most memory that this process ever had, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

async fn bombed(options: HttpOptions) -> Result<usize> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("the port"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = send_bomb(&mut stream).await;
    });
    let client = HttpClient::new(Connection::new("plain", &url).with_options(options), Plain)?;
    client.send(Request::new("list", Method::GET, "/"), |response| Ok(response.text().len())).await
}

#[tokio::test]
async fn a_bomb_is_unpacked_only_up_to_the_ratio_and_the_cap() {
    let began = Instant::now();
    let options = HttpOptions::default();
    for (options, message, setting) in [
        (options.clone().with_max_compression_ratio(3), "which is not read further", "max_compression_ratio"),
        (options, "the answer is larger than 16777216 bytes", "max_response_bytes"),
    ] {
        let error = bombed(options).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
        assert!(error.message().contains(message), "{error}");
        assert!(error.advice().is_some_and(|advice| advice.contains(setting)), "{error}");
    }
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    if let Some(peak) = peak_memory() {
        assert!(peak < 100 * 1024 * 1024, "{peak} bytes");
    }
}
