//! From layers as thinc saves them to the parts that they are, and back.

use model::{
    Array, HashEmbed, Layer, Linear, Lower, Maxout, Moves, Senter, Source, Tok2Vec, Transitions,
};

use super::{
    layers,
    plan::{SourcePlan, Tok2VecPlan},
    thinc::{self, LoadedLayer, ThincError},
};
use crate::{PipelineError, msgpack};

/// Where the parts of a tok2vec lie among the layers.
///
/// Parts of a kind lie in the order in which they run, and the mixing layer is the first maxout,
/// since layers are numbered breadth first and it lies less deep than the encoder's.
struct Places {
    embeds: Vec<usize>,
    vectors: Option<usize>,
    maxouts: Vec<usize>,
    norms: Vec<usize>,
}

impl Places {
    fn find(layers: &[Layer]) -> Self {
        let named = |name| {
            let found = layers.iter().enumerate().filter(move |(_, it)| it.name == name);
            found.map(|(idx, _)| idx)
        };
        let mut embeds: Vec<usize> = named("hashembed").collect();
        embeds.sort_by_key(|idx| attr(&layers[*idx], "column"));
        Self {
            embeds,
            vectors: named("static_vectors").next(),
            maxouts: named("maxout").collect(),
            norms: named("layernorm").collect(),
        }
    }
}

/// A whole number among a layer's settings.
fn attr(layer: &Layer, name: &str) -> Option<u32> {
    let (_, bytes) = layer.attrs.iter().find(|(it, _)| it == name)?;
    u32::try_from(msgpack::read(bytes)?.as_u64()?).ok()
}

/// A network that is taken apart.
pub(crate) struct Network<'p> {
    path: &'p str,
    pub(crate) layers: Vec<Layer>,
    arrays: Vec<Vec<(String, Array)>>,
}

impl<'p> Network<'p> {
    pub(crate) fn read(path: &'p str, bytes: &[u8]) -> Result<Self, PipelineError> {
        let loaded = thinc::read(bytes).map_err(|error| match error {
            ThincError::Damaged(why) => {
                PipelineError::BadFile { path: path.to_owned(), why: why.to_owned() }
            }
            ThincError::NotFinite(array) => {
                PipelineError::NotFinite { path: path.to_owned(), array }
            }
        })?;
        let split = |LoadedLayer { layer, arrays }| (layer, arrays);
        let (layers, arrays) = loaded.into_iter().map(split).unzip();
        Ok(Self { path, layers, arrays })
    }

    fn layers_differ(&self, what: impl Into<String>) -> PipelineError {
        PipelineError::Layers { path: self.path.to_owned(), what: what.into() }
    }

    /// Takes an array, which must have this shape.
    fn take(&mut self, idx: usize, name: &str, wanted: &[u32]) -> Result<Array, PipelineError> {
        let layer = self.layers.get(idx).map_or("a layer", |it| it.name.as_str());
        let array = format!("{name} of {}", layer.split(">>").next().unwrap_or(layer));
        let arrays = self.arrays.get_mut(idx);
        let at = arrays.as_ref().and_then(|it| it.iter().position(|(it, _)| it == name));
        let (Some(arrays), Some(at)) = (arrays, at) else {
            return Err(self.layers_differ(format!("there is no {array}")));
        };
        let (_, found) = arrays.swap_remove(at);
        if found.shape() != wanted {
            return Err(PipelineError::Shape {
                path: self.path.to_owned(),
                array,
                found: found.shape().to_vec(),
                wanted: wanted.to_vec(),
            });
        }
        Ok(found)
    }

    /// The shape of an array that is still there.
    fn shape(&self, idx: usize, name: &str) -> Option<Vec<u32>> {
        let (_, array) = self.arrays.get(idx)?.iter().find(|(it, _)| it == name)?;
        Some(array.shape().to_vec())
    }

    /// Takes the parts of a tok2vec out. `vectors` is the width of the pipeline's word vectors.
    pub(crate) fn tok2vec(
        &mut self,
        plan: &Tok2VecPlan,
        component: &str,
        vectors: u32,
    ) -> Result<Tok2Vec, PipelineError> {
        let places = Places::find(&self.layers);
        let wanted = [plan.embeds.len(), 1 + plan.depth as usize];
        if [places.embeds.len(), places.maxouts.len()] != wanted
            || places.norms.len() != places.maxouts.len()
            || places.vectors.is_some() != plan.vectors
        {
            return Err(self.layers_differ("other tables or another depth"));
        }
        let width = plan.width;
        let mut embeds = Vec::with_capacity(plan.embeds.len());
        for ((name, rows), &idx) in plan.embeds.iter().zip(&places.embeds) {
            embeds.push(HashEmbed {
                attr: name.to_uppercase(),
                seed: attr(&self.layers[idx], "seed")
                    .ok_or_else(|| self.layers_differ("a table has no seed"))?,
                table: self.take(idx, "E", &[*rows, width])?,
            });
        }
        let projection = match places.vectors {
            Some(idx) => {
                let found = self.shape(idx, "W").and_then(|it| it.get(1).copied()).unwrap_or(0);
                if found != vectors {
                    let component = component.to_owned();
                    return Err(PipelineError::Vectors {
                        component,
                        wanted: found,
                        found: vectors,
                    });
                }
                Some(self.take(idx, "W", &[width, vectors])?)
            }
            None => None,
        };
        let n_blocks = (plan.embeds.len() + usize::from(plan.vectors)) as u32;
        let mut maxout = |idx: usize, pieces: u32, inputs: u32| {
            let (maxout, norm) = (places.maxouts[idx], places.norms[idx]);
            Ok(Maxout {
                weight: self.take(maxout, "W", &[width, pieces, inputs])?,
                bias: self.take(maxout, "b", &[width, pieces])?,
                gain: self.take(norm, "G", &[width])?,
                shift: self.take(norm, "b", &[width])?,
            })
        };
        // What is too large for the type is too large for any array, too.
        let mix = maxout(0, MIX_PIECES, width.saturating_mul(n_blocks))?;
        let windowed = width.saturating_mul(plan.window.saturating_mul(2).saturating_add(1));
        let encode = (1..=plan.depth as usize)
            .map(|idx| maxout(idx, plan.pieces, windowed))
            .collect::<Result<_, _>>()?;
        let layers = std::mem::take(&mut self.layers);
        Ok(Tok2Vec { embeds, vectors: projection, mix, encode, window: plan.window, layers })
    }

    /// Takes a linear map out.
    fn linear(&mut self, idx: usize, outputs: u32, inputs: u32) -> Result<Linear, PipelineError> {
        Ok(Linear {
            weight: self.take(idx, "W", &[outputs, inputs])?,
            bias: self.take(idx, "b", &[outputs])?,
        })
    }

    /// Takes the token vectors' source out; what is left are the layers of the whole.
    fn source(
        &mut self,
        plan: SourcePlan,
        component: &str,
        vectors: u32,
    ) -> Result<(Source, Vec<Layer>), PipelineError> {
        match plan {
            SourcePlan::Listener { upstream, .. } => {
                Ok((Source::Listener(upstream), std::mem::take(&mut self.layers)))
            }
            SourcePlan::Own(plan) => {
                let mut tok2vec = self.tok2vec(&plan, component, vectors)?;
                let layers = std::mem::take(&mut tok2vec.layers);
                Ok((Source::Own(Box::new(tok2vec)), layers))
            }
        }
    }

    /// Takes the parts of a transition model out. `features` is how many tokens a state looks at.
    pub(crate) fn transitions(
        mut self,
        plan: TransitionsPlan,
        moves: Moves,
        component: &str,
        vectors: u32,
    ) -> Result<Transitions, PipelineError> {
        let names: Vec<&str> = self.layers.iter().map(|it| it.name.as_str()).collect();
        let is_head = names.get(2) == Some(&"precomputable_affine")
            && names.get(3) == Some(if plan.use_upper { &"linear" } else { &"noop" });
        let narrow = names.iter().skip(4).position(|it| *it == "linear").map(|it| it + 4);
        let (true, Some(narrow)) = (is_head, narrow) else {
            return Err(self.layers_differ("it is no transition model, or has another head"));
        };
        let n_classes = moves.classes().len() as u32;
        let (hidden, pieces, features) = (plan.hidden, plan.pieces, plan.features);
        let outputs = if plan.use_upper { hidden } else { n_classes };
        let lower = Lower {
            weight: self.take(2, "W", &[features, outputs, pieces, hidden])?,
            bias: self.take(2, "b", &[outputs, pieces])?,
            pad: self.take(2, "pad", &[1, features, outputs, pieces])?,
        };
        let upper = match plan.use_upper {
            true => Some(self.linear(3, n_classes, hidden)?),
            false => None,
        };
        let narrow = self.linear(narrow, hidden, plan.source.width())?;
        let beam_width = plan.beam_width;
        let (source, layers) = self.source(plan.source, component, vectors)?;
        Ok(Transitions { source, narrow, lower, upper, moves, beam_width, layers })
    }

    /// Takes the parts of a sentence recogniser out.
    pub(crate) fn senter(
        mut self,
        plan: SourcePlan,
        overwrite: bool,
        component: &str,
        vectors: u32,
    ) -> Result<Senter, PipelineError> {
        let Some(output) = self.layers.iter().position(|it| it.name == "softmax") else {
            return Err(self.layers_differ("it has no output layer"));
        };
        let output = self.linear(output, 2, plan.width())?;
        let (source, layers) = self.source(plan, component, vectors)?;
        Ok(Senter { source, output, overwrite, layers })
    }
}

/// How many pieces the mixing layer has, in every network of this kind: spaCy's `MultiHashEmbed`.
pub(super) const MIX_PIECES: u32 = 3;

/// The sizes of a transition model.
pub(crate) struct TransitionsPlan {
    pub(crate) source: SourcePlan,
    pub(crate) features: u32,
    pub(crate) hidden: u32,
    pub(crate) pieces: u32,
    pub(crate) use_upper: bool,
    pub(crate) beam_width: u32,
}

/// An array with the layer that it lies in and its name there.
type Placed<'a> = (usize, &'static str, &'a Array);

/// Layers, and the arrays that lie in them.
type Placement<'a> = (Vec<Layer>, Vec<Placed<'a>>);

/// The bytes of a tok2vec of its own.
pub(crate) fn write_tok2vec(tok2vec: &Tok2Vec) -> Vec<u8> {
    write(&placed_tok2vec(tok2vec))
}

/// The bytes of a transition model.
pub(crate) fn write_transitions(model: &Transitions) -> Vec<u8> {
    write(&placed_transitions(model))
}

/// The bytes of a sentence recogniser.
pub(crate) fn write_senter(senter: &Senter) -> Vec<u8> {
    write(&placed_senter(senter))
}

/// A tok2vec of its own, in layers.
pub(crate) fn placed_tok2vec(tok2vec: &Tok2Vec) -> Placement<'_> {
    let layers = match tok2vec.layers.is_empty() {
        true => layers::tok2vec(tok2vec).number(),
        false => tok2vec.layers.clone(),
    };
    let placed = place_tok2vec(&layers, tok2vec);
    (layers, placed)
}

/// A transition model, in layers.
pub(crate) fn placed_transitions(model: &Transitions) -> Placement<'_> {
    let mut layers = match model.layers.is_empty() {
        true => layers::transitions(model).number(),
        false => model.layers.clone(),
    };
    // The number of classes grows with labels that are added.
    let outputs = model.lower.bias.shape()[0];
    set_dim(&mut layers[2], "nO", outputs);
    if let Some(upper) = &model.upper {
        set_dim(&mut layers[3], "nO", upper.bias.shape()[0]);
    }
    let mut placed = match &model.source {
        Source::Own(tok2vec) => place_tok2vec(&layers, tok2vec),
        Source::Listener(_) => Vec::new(),
    };
    let narrow = layers.iter().skip(4).position(|it| it.name == "linear").map_or(4, |it| it + 4);
    placed.extend(place_linear(narrow, &model.narrow));
    placed.extend(model.upper.iter().flat_map(|it| place_linear(3, it)));
    let lower = &model.lower;
    placed.extend([(2, "W", &lower.weight), (2, "b", &lower.bias), (2, "pad", &lower.pad)]);
    (layers, placed)
}

/// A sentence recogniser, in layers.
pub(crate) fn placed_senter(senter: &Senter) -> Placement<'_> {
    let layers = match senter.layers.is_empty() {
        true => layers::senter(senter).number(),
        false => senter.layers.clone(),
    };
    let mut placed = match &senter.source {
        Source::Own(tok2vec) => place_tok2vec(&layers, tok2vec),
        Source::Listener(_) => Vec::new(),
    };
    let output = layers.iter().position(|it| it.name == "softmax").unwrap_or_default();
    placed.extend(place_linear(output, &senter.output));
    (layers, placed)
}

fn set_dim(layer: &mut Layer, name: &str, size: u32) {
    for (_, it) in layer.dims.iter_mut().filter(|(it, _)| it == name) {
        *it = Some(size);
    }
}

fn place_linear(idx: usize, linear: &Linear) -> [Placed<'_>; 2] {
    [(idx, "W", &linear.weight), (idx, "b", &linear.bias)]
}

fn place_tok2vec<'a>(layers: &[Layer], tok2vec: &'a Tok2Vec) -> Vec<Placed<'a>> {
    let places = Places::find(layers);
    let mut placed: Vec<Placed<'a>> = Vec::new();
    let embeds = places.embeds.iter().zip(&tok2vec.embeds);
    placed.extend(embeds.map(|(idx, it)| (*idx, "E", &it.table)));
    placed.extend(places.vectors.zip(tok2vec.vectors.as_ref()).map(|(idx, it)| (idx, "W", it)));
    let maxouts = std::iter::once(&tok2vec.mix).chain(&tok2vec.encode);
    for ((maxout, norm), it) in places.maxouts.iter().zip(&places.norms).zip(maxouts) {
        placed.extend([(*maxout, "W", &it.weight), (*maxout, "b", &it.bias)]);
        placed.extend([(*norm, "G", &it.gain), (*norm, "b", &it.shift)]);
    }
    placed
}

fn write((layers, placed): &Placement<'_>) -> Vec<u8> {
    thinc::write(layers, |idx, name| {
        placed.iter().find(|it| (it.0, it.1) == (idx, name)).map(|it| it.2)
    })
}
