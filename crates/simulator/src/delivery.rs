use http::StatusCode;

use crate::answer::Answer;

/// What leaves the simulator for one request.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    Whole(Answer),
    /// Half of the body, then the end of the connection.
    Truncated(Answer),
    /// The body in pieces, over seconds.
    Slow(Answer),
    /// The body behind megabytes of spaces.
    Oversize(Answer),
    /// An interim status and the end of the connection.
    Interim(StatusCode),
    Reset,
    /// Nothing, ever.
    Hang,
}
