//! meed-runtime
