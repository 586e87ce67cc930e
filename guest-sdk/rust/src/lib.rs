//! meed-guest
