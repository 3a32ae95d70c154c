//! Connections are kept, and what must not be lost rides none that a server may be closing.

use std::time::Duration;

use cloudsnap_core::{ErrorKind, HttpOptions};

use super::common::{Reply, Wire, client, create, get, read_text};

#[tokio::test]
async fn connections_are_kept_and_reused() {
    let server = Wire::start([Reply::ok("")]).await;
    let client = client(server.url(), HttpOptions::default());
    for _ in 0..5 {
        client.clone().send(get(), read_text).await.unwrap();
    }
    for _ in 0..5 {
        client.clone().send(create(), read_text).await.unwrap();
    }
    assert_eq!((server.count(), server.connections()), (10, 2), "creates have a pool of their own");
}

#[tokio::test]
async fn creates_arrive_at_a_server_that_closes_each_connection_a_millisecond_after_its_answer() {
    let server = Wire::start([Reply::Brief(200, Duration::from_millis(1))]).await;
    let client = client(server.url(), HttpOptions::default());
    for _ in 0..20 {
        client.send(get(), read_text).await.unwrap();
        client.send(create(), read_text).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn after_a_break_each_create_has_a_connection_of_its_own_whatever_was_answered_since() {
    let server = Wire::start([Reply::ok(""), Reply::Close, Reply::ok("")]).await;
    let client = client(server.url(), HttpOptions::default());
    client.send(create(), read_text).await.unwrap();
    let lost = client.send(create(), read_text).await.unwrap_err();
    assert_eq!(
        (lost.kind(), server.connections()),
        (ErrorKind::OutcomeUnknown, 1),
        "it rode the connection of the first"
    );
    client.send(get(), read_text).await.unwrap();
    assert_eq!(server.connections(), 2);
    for connections in [3, 4] {
        client.send(create(), read_text).await.unwrap();
        assert_eq!(server.connections(), connections);
    }
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_asked_again() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // What is unread when the connection closes would reset it.
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let client = client(&url, HttpOptions::default());
    for request in [get(), create()] {
        let error = client.send(request, read_text).await.unwrap_err();
        assert_eq!((error.kind(), error.stage()), (ErrorKind::Transport, cloudsnap_core::Stage::NotSent));
        assert_eq!(error.attempts(), 1);
        assert!(error.message().starts_with("no TLS connection: "), "{error}");
        assert!(error.advice().unwrap().contains("SSL_CERT_FILE"), "{error}");
    }
}
