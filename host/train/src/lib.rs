//! meed-train
