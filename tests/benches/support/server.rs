//! The server, in a process of its own, so that its CPU time and its allocations are not counted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cloudsnap_simulator::{Provider, Simulator, SimulatorOptions};

use super::{Result, number, runtime, wire};

/// The simulator in another process; it ends with this.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// IONOS's base URL at the simulator.
    pub(crate) ionos: String,
    /// A base URL where each GET is answered with the same list.
    pub(crate) fixed: String,
}

impl Server {
    /// Starts this program again, as a server.
    pub(crate) fn start(build_milliseconds: usize, fixed_list: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--build", &build_milliseconds.to_string(), "--list", &fixed_list.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (ionos, fixed) = words.next().zip(words.next()).ok_or("the server did not say where it is")?;
        Ok(Self { child, ionos, fixed })
    }
}

/// Waits until the connections of the last round are closed: they would count against the limit on open files.
pub(crate) async fn settle() -> Result {
    const FEW: usize = 200;
    for _ in 0..2000 {
        // Where even the folder cannot be opened, there are as many as may be.
        if std::fs::read_dir("/proc/self/fd").is_ok_and(|open| open.count() < FEW) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err("the connections of the last round do not close".into())
}

impl Drop for Server {
    fn drop(&mut self) {
        // What cannot be ended has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until the standard input ends: with the process that started this one, however that ends.
pub(crate) fn serve() -> Result {
    let build = u64::try_from(number("--build", 0)?)?;
    let list = wire::list_of(number("--list", 1)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let fixed = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || answer_all(&listener, &list));
    runtime()?.block_on(async {
        let options = SimulatorOptions::default().build_time(Duration::from_millis(build)).servers(20);
        let simulator = Simulator::start(options).await?;
        println!("{} {fixed}", simulator.url(Provider::Ionos));
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        ended.await??;
        Ok(())
    })
}

fn answer_all(listener: &TcpListener, list: &str) {
    std::thread::scope(|threads| {
        for stream in listener.incoming().filter_map(std::result::Result::ok) {
            // A client that goes away is no concern of the server.
            threads.spawn(move || drop(answer(stream, list)));
        }
    });
}

fn answer(stream: TcpStream, body: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        if read_head(&mut reader)?.is_empty() {
            return Ok(());
        }
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        writer.write_all(head.as_bytes())?;
        writer.write_all(body.as_bytes())?;
    }
}

/// The lines of a request up to the empty one; none at the end of the connection.
fn read_head(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(line.to_owned());
    }
}

/// Takes one request, answers it, and tells what it was: the lines of its head, sorted but for the first, and the
/// body.
pub(crate) fn record_one(listener: &TcpListener) -> std::io::Result<Vec<String>> {
    let (stream, _) = listener.accept()?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    let mut lines = read_head(&mut reader)?;
    let length = lines.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    writer.write_all(b"HTTP/1.1 500 Recorded\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
    if let Some((_, headers)) = lines.split_first_mut() {
        headers.sort();
    }
    lines.push(String::from_utf8_lossy(&body).into_owned());
    Ok(lines)
}
