//! meed-examples
