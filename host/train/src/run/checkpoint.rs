//! What a training is, between two updates, as bytes that say whether they are whole.
//!
//! A state file holds everything that decides the rest of a run: networks, optimisers, environments, chances, statistics,
//! rewards with state. It begins with a mark and the SHA-256 of the rest, so that a file which a full disk cut short or a bad
//! one changed is told from a good one before anything is made of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Says what the file is, and in which layout.
const MARK: &[u8; 16] = b"meed-checkpoint1";
const HEAD: usize = MARK.len() + 32;

/// Packs a state with its mark and its hash.
pub(crate) fn seal(state: &impl Serialize) -> Result<Vec<u8>, String> {
    let content = pack(state)?;
    let mut bytes = Vec::with_capacity(HEAD + content.len());
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(&Sha256::digest(&content));
    bytes.extend_from_slice(&content);
    Ok(bytes)
}

/// Unpacks what [`seal`] made, or says what is wrong with it.
pub(crate) fn unseal<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (Some(mark), Some(hash), Some(content)) =
        (bytes.get(..MARK.len()), bytes.get(MARK.len()..HEAD), bytes.get(HEAD..))
    else {
        return Err("it is cut short".into());
    };
    if mark != MARK {
        return Err("it does not begin as a checkpoint of this version does".into());
    }
    if hash != Sha256::digest(content).as_slice() {
        return Err("its content is not what was written".into());
    }
    unpack(content)
}

/// Writes numbers as they lie in memory, so that every bit comes back.
pub(crate) fn pack(state: &impl Serialize) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(state).map_err(|error| error.to_string())
}

pub(crate) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_bit_for_bit_and_a_changed_one_is_refused() {
        let state = (vec![0.1f32, -0.0, f32::INFINITY, f32::MIN_POSITIVE / 2.0], u128::MAX, Some("x".to_string()));
        let bytes = seal(&state).unwrap();
        let back: (Vec<f32>, u128, Option<String>) = unseal(&bytes).unwrap();
        assert!(back.0.iter().zip(&state.0).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!((back.1, back.2), (state.1, state.2));
        for cut in 0..bytes.len() {
            assert!(unseal::<(Vec<f32>, u128, Option<String>)>(&bytes[..cut]).is_err(), "{cut} bytes");
            let mut changed = bytes.clone();
            changed[cut] ^= 1;
            assert!(unseal::<(Vec<f32>, u128, Option<String>)>(&changed).is_err(), "byte {cut}");
        }
    }
}
