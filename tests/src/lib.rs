//! meed-tests
