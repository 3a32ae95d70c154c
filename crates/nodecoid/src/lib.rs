//! nodecoid
