//! cloudsnap
