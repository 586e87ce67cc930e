//! meed-design
