use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

const PIECES: usize = 30;
const SLOW: Duration = Duration::from_secs(3);
const PADDING: usize = 64 * 1024 * 1024;
static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];

/// The body of an answer: whole, cut, slow or padded.
pub(crate) enum Body {
    Whole(Bytes),
    /// The bytes, then an error that makes hyper close the connection early.
    Cut(Bytes, Flush),
    Slow {
        rest: Bytes,
        piece: usize,
        pause: Duration,
        sleep: Pin<Box<Sleep>>,
    },
    Padded(usize, Bytes),
}

/// Whether hyper has had a turn to write what it has before it gets the error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    Owed,
    Had,
}

impl Body {
    pub(crate) fn cut(bytes: &Bytes) -> Self {
        Self::Cut(bytes.slice(..bytes.len() / 2), Flush::Owed)
    }

    pub(crate) fn slow(rest: Bytes) -> Self {
        let piece = rest.len().div_ceil(PIECES).max(1);
        let pieces = u32::try_from(rest.len().div_ceil(piece)).unwrap_or(u32::MAX);
        let pause = SLOW / pieces.max(1);
        Self::Slow { rest, piece, pause, sleep: Box::pin(sleep(pause)) }
    }

    pub(crate) fn padded(bytes: Bytes) -> Self {
        Self::Padded(PADDING, bytes)
    }
}

type Piece = Poll<Option<io::Result<Frame<Bytes>>>>;

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Piece {
        match self.get_mut() {
            Self::Whole(bytes) => take(bytes, usize::MAX),
            Self::Cut(bytes, flush) => {
                if !bytes.is_empty() {
                    return take(bytes, usize::MAX);
                }
                if *flush == Flush::Owed {
                    *flush = Flush::Had;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
            }
            Self::Slow { rest, piece, pause, sleep: waiting } => {
                ready!(waiting.as_mut().poll(context));
                waiting.set(sleep(*pause));
                take(rest, *piece)
            }
            Self::Padded(0, bytes) => take(bytes, usize::MAX),
            Self::Padded(left, _) => {
                let length = SPACES.len().min(*left);
                *left -= length;
                take(&mut Bytes::from_static(&SPACES), length)
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) | Self::Slow { rest: bytes, .. } => SizeHint::with_exact(bytes.len() as u64),
            // The one states a length of its own, the other is sent in chunks: a length would give it away.
            Self::Cut(..) | Self::Padded(..) => SizeHint::default(),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }
}

fn take(bytes: &mut Bytes, length: usize) -> Piece {
    if bytes.is_empty() {
        return Poll::Ready(None);
    }
    let piece = bytes.split_to(length.min(bytes.len()));
    Poll::Ready(Some(Ok(Frame::data(piece))))
}
