//! Decomposing returns: which steps was an episode's return for?
//!
//! The protocol is RRD's: an episode pays its return when it ends and nothing before, and a time limit is not an end of what is to
//! come. A decomposition sees whole episodes with their returns and tells what a row is worth, anew each time that one is drawn.
//! All share the memory, the agent and the protocol, so that nothing but the decomposition differs.
//!
//! A decomposition that learns a decoder has it read either what the plugin makes of a row, its factors, which is LaRe, or the
//! row itself. Factors are worked out once, when a row is stored.

pub(crate) mod arel;
pub(crate) mod attention;
pub(crate) mod blind;
pub(crate) mod decoder;
pub(crate) mod diaster;
pub(crate) mod input;
pub(crate) mod ircr;
pub(crate) mod joined;
pub(crate) mod laid;
pub(crate) mod layers;
pub(crate) mod learner;
pub(crate) mod learnt;
pub(crate) mod rd;
pub(crate) mod rrd;
pub(crate) mod spa;
pub(crate) mod stas;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;
pub(crate) mod uniform;
pub(crate) mod vib;

use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use crate::credit::decoder::{Decoder, DecoderFile};
use crate::credit::input::Input;
use crate::experience::replay::Replay;
use crate::experience::stage::Stage;
use crate::{CreditConfig, CreditMethod, TrainConfig, TrainError};

/// A way to decompose returns. Each is asked only once the memory has a whole episode.
pub(crate) trait Credit {
    /// Learns from whole episodes, once for each step of the critics, and gives its loss; none where nothing is learnt.
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64>;

    /// Draws the rows that the agent learns from.
    fn draw(&self, memory: &Replay, rows: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        memory.draw_whole(rows, rng)
    }

    /// Tells what rows are worth as far as is known now, `[rows, 1]`. Rows of an episode that goes on are worth 0 to one that
    /// needs its return.
    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2>;

    /// Gives what has been learnt, to be kept with the run; none where nothing is.
    fn decoder(&self) -> Option<DecoderFile>;

    /// Gives all that decides how it goes on, as bytes.
    fn save(&self) -> Result<Vec<u8>, String>;

    /// Goes back to what was saved.
    fn restore(&mut self, saved: &[u8]) -> Result<(), String>;
}

/// Makes the decomposition that the configuration names, if it names one, with fresh weights. `choice` is the number of columns of
/// what the actor chooses.
pub(crate) fn begin(
    choice: usize,
    stage: &mut Stage,
    config: &TrainConfig,
    device: &Device,
) -> Result<Option<Box<dyn Credit>>, TrainError> {
    let Some(credit) = &config.credit else { return Ok(None) };
    let input = Input::of(credit, stage.spec().observation_size(), choice, stage.factor_count())?;
    let executable = stage.factor_names().position(|name| name == spa::EXECUTABLE);
    let made = make(credit, input, executable, device, &mut stage.rng);
    made.map(Some).map_err(|reason| TrainError::PolicyFile { file: "a fresh decoder".into(), reason })
}

fn make(
    credit: &CreditConfig,
    input: Input,
    executable: Option<usize>,
    device: &Device,
    rng: &mut ChaCha8Rng,
) -> Result<Box<dyn Credit>, String> {
    let mut decoder = || Decoder::new(input, credit, device, rng);
    Ok(match credit.method {
        CreditMethod::Episodic => Box::new(uniform::Uniform::Last(device.clone())),
        CreditMethod::Uniform => Box::new(uniform::Uniform::Even(device.clone())),
        CreditMethod::Ircr => Box::new(ircr::Ircr::new(device)),
        CreditMethod::Rd | CreditMethod::LareMa => Box::new(rd::Rd::new(decoder()?, credit, rd::Error::Return)),
        CreditMethod::LareRd => Box::new(rd::Rd::new(decoder()?, credit, rd::Error::Step)),
        CreditMethod::Rrd => Box::new(rrd::Rrd::new(decoder()?, credit, false)),
        CreditMethod::RrdUnbiased | CreditMethod::LareRrd => Box::new(rrd::Rrd::new(decoder()?, credit, true)),
        CreditMethod::Spa => Box::new(spa::Spa::new(decoder()?, credit, executable)),
        CreditMethod::Arel => Box::new(arel::Arel::new(input, credit, device, rng)?),
        CreditMethod::Stas => Box::new(stas::Stas::new(input, credit, device, rng)?),
        CreditMethod::Vib => Box::new(vib::Vib::new(input, credit, device, rng)?),
        CreditMethod::Diaster => Box::new(diaster::Diaster::new(decoder()?, credit, rng)?),
    })
}
