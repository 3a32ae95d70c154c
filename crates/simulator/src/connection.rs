use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection ends where it does not end as HTTP ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    /// With RST.
    Reset,
    /// With an interim status, which hyper does not send, and FIN.
    Interim(StatusCode),
}

/// A client's connection, to which the service may give an ending.
pub(crate) struct Connection {
    stream: TcpStream,
    ending: Arc<OnceLock<Ending>>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, ending: Arc<OnceLock<Ending>>) -> Self {
        Self { stream, ending }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A client that is gone by now needs no ending.
        let _ = match self.ending.get() {
            None => Ok(()),
            Some(Ending::Reset) => self.stream.set_zero_linger(),
            Some(Ending::Interim(status)) => {
                let reason = status.canonical_reason().unwrap_or_default();
                let head = format!("HTTP/1.1 {} {reason}\r\n\r\n", status.as_u16());
                self.stream.try_write(head.as_bytes()).map(drop)
            }
        };
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
