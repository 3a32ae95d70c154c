use crate::answer::Answer;

/// What leaves the simulator for one request.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    /// As it is; an interim status ends the connection, since no other answer follows.
    Whole(Answer),
    /// Half of the body, then the end of the connection.
    Truncated(Answer),
    /// The body in pieces, over seconds.
    Slow(Answer),
    /// The body behind megabytes of spaces.
    Oversize(Answer),
    Reset,
    /// Nothing, ever.
    Hang,
}
