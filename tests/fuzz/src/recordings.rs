//! Recordings that are read to their end.

use std::io::Write;
use std::sync::LazyLock;

use meed_trajectory::{Dataset, open};

/// Reads a recording to its end, in rows and again in episodes.
pub fn read(bytes: &[u8], ending: &str) {
    // The readers turn panics of the libraries behind them into errors. libFuzzer's hook would end the process before they can; a panic
    // that they let through ends it still.
    static CALM: LazyLock<()> = LazyLock::new(|| std::panic::set_hook(Box::new(|_| ())));
    LazyLock::force(&CALM);
    let mut file = tempfile::Builder::new().suffix(ending).tempfile_in("/dev/shm").unwrap();
    file.write_all(bytes).unwrap();
    match open(file.path()) {
        Err(error) => drop(error.to_string()),
        Ok(Dataset::Samples(mut reader)) => {
            while let Ok(Some(table)) = reader.next_samples(64) {
                table.with_view(|samples| assert_eq!(samples.completion.len(), samples.rows));
            }
        }
        Ok(Dataset::Transitions(mut reader)) => {
            while let Ok(Some(table)) = reader.next_rows(64) {
                let view = table.view();
                assert!(view.observation.len().is_multiple_of(view.rows));
            }
            if let Ok(Dataset::Transitions(mut reader)) = open(file.path()) {
                while let Ok(Some(table)) = reader.next_episodes(256) {
                    assert_eq!(table.episode_offsets().last(), Some(&(table.rows as u32)));
                }
            }
        }
    }
}
