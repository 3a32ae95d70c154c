//! hostway
