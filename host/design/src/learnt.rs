//! Makes one plugin of a plugin and a decoder that was learnt on its factors.
//!
//! The plugin's core module stays as it is and gets four functions more, and the decoder's numbers as data. Its `describe` and its
//! `evaluate` are still called, from the new ones, which then say and score something else: one factor, the decoder's value of
//! the old ones. The first call that needs them asks the plugin's own allocator for room and copies the numbers there, so that
//! nothing is assumed of how the plugin lays out its memory. Exports that would score the old factors beside it, the arena's, are
//! gone.
//!
//! Each unit of a layer begins with its bias and adds its inputs' shares in order, a product rounded before it is added: sixteen
//! units side by side, which changes no bit of any of them.

mod image;
mod module;

use meed_core::Kind;
use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};
use wit_component::{StringEncoding, embed_component_metadata};

use crate::{BuildError, componentize, plugin_kind, wit};
use image::Image;
use module::Core;

/// Units that are worked out side by side: four vectors of four.
const SIDE_BY_SIDE: u32 = 16;

/// A decoder of a plugin's factors, to be carried by a plugin of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoder {
    /// What the new plugin is called: lower-case letters, digits and hyphens.
    pub name: String,
    /// What it says of itself, one line.
    pub summary: String,
    /// What its one factor, `learnt`, means.
    pub meaning: String,
    /// Its layers, in order. All but the last are followed by a rectifier; the last has one output.
    pub layers: Vec<DecoderLayer>,
}

/// A layer of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderLayer {
    /// How many numbers go in.
    pub inputs: usize,
    /// How many come out.
    pub outputs: usize,
    /// inputs x outputs.
    pub weight: Vec<f32>,
    /// outputs.
    pub bias: Vec<f32>,
}

/// Makes a component that scores rows with the decoder's value of the factors that `plugin`, a component, gives them.
///
/// # Errors
/// Where the plugin is not one core module without imports, is not of the transition kind, or the decoder's layers do not fit each
/// other.
pub fn with_decoder(plugin: &[u8], decoder: &Decoder) -> Result<Vec<u8>, BuildError> {
    let kind = plugin_kind(plugin)?;
    if kind != Kind::Transition {
        return Err(refused(format!("a decoder reads the factors of rows, and the plugin's kind is {kind}")));
    }
    let fits = decoder.layers.windows(2).all(|two| two[0].outputs == two[1].inputs)
        && decoder.layers.iter().all(|layer| {
            layer.inputs > 0 && layer.weight.len() == layer.inputs * layer.outputs && layer.bias.len() == layer.outputs
        })
        && decoder.layers.last().is_some_and(|last| last.outputs == 1);
    if !fits {
        return Err(refused("the decoder's layers do not fit each other".into()));
    }
    let image = Image::of(decoder);
    let mut core = Core::of(plugin).map_err(refused)?;
    let base = core.global();
    let data = core.data(&image.bytes);
    let ready = core.function(&[], &[ValType::I32], ready(&core, base, data, &image));
    let layer = core.function(&[ValType::I32; 6], &[], layer());
    let describe = core.function(&[], &[ValType::I32], describe(&core, ready, &image));
    let evaluate = core.function(&[ValType::I32], &[ValType::I32], evaluate(&core, ready, layer, &image, decoder));
    let kept = core.function(&[ValType::I32], &[], Function::new([]).ended());
    core.replace(module::DESCRIBE, describe);
    core.replace(module::EVALUATE, evaluate);
    // What `describe` gives now lies in memory that stays.
    core.replace(module::FREE_DESCRIPTION, kept);
    let mut module = core.finish().map_err(refused)?;
    let (resolve, world) = wit::resolve(kind)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| refused(format!("{error:#}")))?;
    componentize(&module)
}

fn refused(message: String) -> BuildError {
    BuildError::Componentize { message }
}

/// Ends a function's body.
trait Ended {
    fn ended(self) -> Self;
}

impl Ended for Function {
    fn ended(mut self) -> Self {
        self.instructions().end();
        self
    }
}

/// The cell so many bytes from an address.
fn at(offset: u32) -> MemArg {
    MemArg { offset: u64::from(offset), align: 2, memory_index: 0 }
}

/// `ready() -> base`: gives the address of the decoder's numbers, after copying them there when it is first called.
fn ready(core: &Core<'_>, base: u32, data: u32, image: &Image) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(base).i32_eqz().if_(BlockType::Empty);
    code.i32_const(0).i32_const(0).i32_const(16).i32_const(image.bytes.len() as i32).call(core.realloc);
    code.global_set(base);
    code.global_get(base).i32_const(0).i32_const(image.bytes.len() as i32).memory_init(0, data);
    // The factor's texts are somewhere only now.
    for (cell, text) in [(image.factor, image.factor_name), (image.factor + 20, image.meaning)] {
        store_text(&mut code, base, |code| code.global_get(base), cell, text);
    }
    code.end().global_get(base);
    function.ended()
}

/// Stores address and length of a text of the image at an offset from an address.
fn store_text(
    code: &mut InstructionSink<'_>,
    base: u32,
    to: impl for<'a, 'b> Fn(&'a mut InstructionSink<'b>) -> &'a mut InstructionSink<'b>,
    cell: u32,
    (start, length): (u32, u32),
) {
    to(code).global_get(base).i32_const(start as i32).i32_add().i32_store(at(cell));
    to(code).i32_const(length as i32).i32_store(at(cell + 4));
}

/// `describe() -> description`: the plugin's own, with another name and summary, and one factor.
fn describe(core: &Core<'_>, ready: u32, image: &Image) -> Function {
    const DESCRIPTION: u32 = 0;
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    code.call(ready).drop().call(core.describe).local_set(DESCRIPTION);
    for (cell, text) in [(0, image.name), (16, image.summary)] {
        store_text(&mut code, core.base(), |code| code.local_get(DESCRIPTION), cell, text);
    }
    // The list of factors: one.
    code.local_get(DESCRIPTION).global_get(core.base()).i32_const(image.factor as i32).i32_add().i32_store(at(60));
    code.local_get(DESCRIPTION).i32_const(1).i32_store(at(64));
    code.local_get(DESCRIPTION);
    function.ended()
}

/// `layer(in, inputs, out, outputs, weights, rectify)`: works out a layer; `outputs` is a multiple of sixteen, and the weights
/// begin with the biases.
fn layer() -> Function {
    const IN: u32 = 0;
    const INPUTS: u32 = 1;
    const OUT: u32 = 2;
    const OUTPUTS: u32 = 3;
    const WEIGHTS: u32 = 4;
    const RECTIFY: u32 = 5;
    // The end of what is read, where reading is, where weights are read, the number read, and the sums.
    const END: u32 = 6;
    const READ: u32 = 7;
    const WEIGHT: u32 = 8;
    const LAST: u32 = 9;
    const VALUE: u32 = 10;
    const SUM: u32 = 11;
    let vectors = SIDE_BY_SIDE / 4;
    let mut function = Function::new([(4, ValType::I32), (1, ValType::V128), (vectors, ValType::V128)]);
    let mut code = function.instructions();
    code.local_get(IN).local_get(INPUTS).i32_const(2).i32_shl().i32_add().local_set(END);
    code.local_get(OUT).local_get(OUTPUTS).i32_const(2).i32_shl().i32_add().local_set(LAST);
    code.loop_(BlockType::Empty);
    for vector in 0..vectors {
        code.local_get(WEIGHTS).v128_load(at(vector * 16)).local_set(SUM + vector);
    }
    code.local_get(WEIGHTS).local_get(OUTPUTS).i32_const(2).i32_shl().i32_add().local_set(WEIGHT);
    code.local_get(IN).local_set(READ);
    code.loop_(BlockType::Empty);
    code.local_get(READ).f32_load(at(0)).f32x4_splat().local_set(VALUE);
    for vector in 0..vectors {
        code.local_get(SUM + vector).local_get(VALUE).local_get(WEIGHT).v128_load(at(vector * 16)).f32x4_mul();
        code.f32x4_add().local_set(SUM + vector);
    }
    code.local_get(WEIGHT).local_get(OUTPUTS).i32_const(2).i32_shl().i32_add().local_set(WEIGHT);
    code.local_get(READ).i32_const(4).i32_add().local_tee(READ).local_get(END).i32_lt_u().br_if(0).end();
    for vector in 0..vectors {
        code.local_get(OUT);
        // `pmax(0, x)` is x above zero, and else zero, for every x.
        code.f32_const(0.0.into()).f32x4_splat().local_get(SUM + vector).f32x4_pmax();
        code.local_get(SUM + vector).local_get(RECTIFY).select().v128_store(at(vector * 16));
    }
    code.local_get(WEIGHTS).i32_const(4 * SIDE_BY_SIDE as i32).i32_add().local_set(WEIGHTS);
    code.local_get(OUT).i32_const(4 * SIDE_BY_SIDE as i32).i32_add().local_tee(OUT).local_get(LAST).i32_lt_u();
    code.br_if(0).end();
    function.ended()
}

/// `evaluate(batch) -> scores`: the plugin's own, with each row's factors replaced by the decoder's value of them.
fn evaluate(core: &Core<'_>, ready: u32, layer: u32, image: &Image, decoder: &Decoder) -> Function {
    const BATCH: u32 = 0;
    const BASE: u32 = 1;
    const ANSWER: u32 = 2;
    const VALUES: u32 = 3;
    const ROWS: u32 = 4;
    const ROW: u32 = 5;
    let factors = decoder.layers[0].inputs as i32;
    let mut function = Function::new([(5, ValType::I32)]);
    let mut code = function.instructions();
    code.call(ready).local_set(BASE).local_get(BATCH).call(core.evaluate).local_set(ANSWER);
    // A fault is passed on.
    code.local_get(ANSWER).i32_load8_u(MemArg { offset: 0, align: 0, memory_index: 0 });
    code.if_(BlockType::Empty).local_get(ANSWER).return_().end();
    code.local_get(ANSWER).i32_load(at(4)).local_set(VALUES);
    code.local_get(ANSWER).i32_load(at(8)).i32_const(factors).i32_div_u().local_set(ROWS);
    code.local_get(ROWS).i32_eqz().if_(BlockType::Empty).local_get(ANSWER).return_().end();
    code.loop_(BlockType::Empty);
    let last = image.layers.len() - 1;
    for (index, placed) in image.layers.iter().enumerate() {
        if index == 0 {
            code.local_get(VALUES).local_get(ROW).i32_const(4 * factors).i32_mul().i32_add();
        } else {
            code.local_get(BASE).i32_const(image.layers[index - 1].out as i32).i32_add();
        }
        code.i32_const(decoder.layers[index].inputs as i32);
        code.local_get(BASE).i32_const(placed.out as i32).i32_add().i32_const(placed.outputs as i32);
        code.local_get(BASE).i32_const(placed.weights as i32).i32_add().i32_const(i32::from(index < last)).call(layer);
    }
    // A row's factors are all read before its value is written, and no row's value lies beyond its factors.
    code.local_get(VALUES).local_get(ROW).i32_const(2).i32_shl().i32_add();
    code.local_get(BASE).f32_load(at(image.layers[last].out)).f32_store(at(0));
    code.local_get(ROW).i32_const(1).i32_add().local_tee(ROW).local_get(ROWS).i32_lt_u().br_if(0).end();
    // The list is shorter now, and is freed as such.
    code.local_get(ANSWER).local_get(VALUES).local_get(ANSWER).i32_load(at(8)).i32_const(2).i32_shl().i32_const(4);
    code.local_get(ROWS).i32_const(2).i32_shl().call(core.realloc).i32_store(at(4));
    code.local_get(ANSWER).local_get(ROWS).i32_store(at(8));
    code.local_get(ANSWER);
    function.ended()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn decoder(layers: Vec<DecoderLayer>) -> Decoder {
        Decoder { name: "p-learnt".into(), summary: "s".into(), meaning: "m".into(), layers }
    }

    #[test]
    fn what_is_no_plugin_of_rows_or_no_decoder_is_refused() {
        let layer = |inputs, outputs| DecoderLayer {
            inputs,
            outputs,
            weight: vec![0.0; inputs * outputs],
            bias: vec![0.0; outputs],
        };
        assert!(with_decoder(b"nothing", &decoder(vec![layer(2, 1)])).is_err());
        let episode = module::tests::component(Kind::Episode);
        let error = with_decoder(&episode, &decoder(vec![layer(2, 1)])).unwrap_err();
        assert!(error.to_string().contains("the plugin's kind is episode"), "{error}");
        let plugin = module::tests::component(Kind::Transition);
        for layers in [vec![], vec![layer(2, 3), layer(2, 1)], vec![layer(2, 2)]] {
            let error = with_decoder(&plugin, &decoder(layers)).unwrap_err();
            assert!(error.to_string().contains("do not fit each other"), "{error}");
        }
        assert_eq!(
            plugin_kind(&with_decoder(&plugin, &decoder(vec![layer(2, 1)])).unwrap()).unwrap(),
            Kind::Transition
        );
    }
}
