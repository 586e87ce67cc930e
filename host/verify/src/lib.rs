//! meed-verify
