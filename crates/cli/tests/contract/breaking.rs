//! A server in front of another that closes the connection on some requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Where it listens, until the test's process ends. It serves one request a connection.
pub(crate) fn front_of(host: String, breaks: fn(&str) -> bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (host, mut stream) = (host.clone(), stream.unwrap());
            std::thread::spawn(move || {
                let request = read_request(&stream);
                if !breaks(&request) {
                    stream.write_all(&passed_on(&host, &request)).unwrap();
                }
            });
        }
    });
    address
}

fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return request;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        let is_end = line == "\r\n";
        request += if is_end { "Connection: close\r\n\r\n" } else { &line };
        if is_end {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

fn passed_on(host: &str, request: &str) -> Vec<u8> {
    let mut server = TcpStream::connect(host).unwrap();
    server.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).unwrap();
    answer
}
