//! The layers in which spaCy saves a network, made from its sizes.
//!
//! A network that Nerine trains from nothing has none yet. spaCy builds the same tree from
//! config.cfg and fills it from the file, layer by layer, so the two must agree.

use model::{Layer, Maxout, Senter, Source, Tok2Vec, Transitions};
use rmpv::Value;

use crate::msgpack;

/// A layer with those inside it.
pub(super) struct Tree {
    layer: Layer,
    /// Layers that it points to: a name, and the way down to the layer.
    refs: Vec<Ref>,
    inside: Vec<Tree>,
}

type Ref = (&'static str, Vec<usize>);

impl Tree {
    fn leaf(name: &str) -> Self {
        let layer = Layer { name: name.to_owned(), ..Layer::default() };
        Self { layer, refs: Vec::new(), inside: Vec::new() }
    }

    /// Layers one after the other.
    fn chain(inside: Vec<Tree>) -> Self {
        Self::of(&join(&inside, ">>"), inside)
    }

    /// A layer around one other, as in `residual(maxout)`.
    fn around(name: &str, inside: Tree) -> Self {
        Self::of(&format!("{name}({})", inside.layer.name), vec![inside])
    }

    fn of(name: &str, inside: Vec<Tree>) -> Self {
        Self { inside, ..Self::leaf(name) }
    }

    fn dim(mut self, name: &str, size: u32) -> Self {
        self.layer.dims.push((name.to_owned(), Some(size)));
        self
    }

    /// A size that spaCy does not know either.
    fn unknown(mut self, name: &str) -> Self {
        self.layer.dims.push((name.to_owned(), None));
        self
    }

    fn attr(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.layer.attrs.push((name.to_owned(), msgpack::write(&value.into())));
        self
    }

    fn params(mut self, names: &[&str]) -> Self {
        self.layer.params.extend(names.iter().map(|it| ((*it).to_owned(), true)));
        self
    }

    fn points_to(mut self, name: &'static str, way: &[usize]) -> Self {
        self.refs.push((name, way.to_vec()));
        self
    }

    /// The layers breadth first, as thinc's `Model.walk` gives them.
    pub(super) fn number(self) -> Vec<Layer> {
        // The children of each layer, by number.
        let mut inside: Vec<Vec<usize>> = Vec::new();
        let mut trees = vec![Some(self)];
        let mut numbered: Vec<(Layer, Vec<Ref>)> = Vec::new();
        let mut next = 0;
        while let Some(tree) = trees.get_mut(next).and_then(Option::take) {
            let first = trees.len();
            inside.push((first..first + tree.inside.len()).collect());
            trees.extend(tree.inside.into_iter().map(Some));
            numbered.push((tree.layer, tree.refs));
            next += 1;
        }
        let follow = |start: usize, way: &[usize]| {
            way.iter().fold(start, |layer, step| inside[layer][*step]) as u32
        };
        let numbered = numbered.into_iter().enumerate().map(|(idx, (mut layer, refs))| {
            layer.refs.extend(
                refs.into_iter().map(|(name, way)| (name.to_owned(), Some(follow(idx, &way)))),
            );
            layer
        });
        numbered.collect()
    }
}

fn join(inside: &[Tree], with: &str) -> String {
    let names: Vec<&str> = inside.iter().map(|it| it.layer.name.as_str()).collect();
    names.join(with)
}

/// Maxout, layer normalisation and dropout.
fn maxout(maxout: &Maxout) -> Tree {
    let [outputs, pieces, inputs] = sizes(maxout.weight.shape());
    let linear = Tree::leaf("maxout")
        .dim("nO", outputs)
        .dim("nI", inputs)
        .dim("nP", pieces)
        .params(&["W", "b"]);
    let norm = Tree::leaf("layernorm").dim("nI", outputs).dim("nO", outputs).params(&["G", "b"]);
    let normed = Tree::chain(vec![linear, norm]).dim("nO", outputs).dim("nI", inputs);
    let dropout = Tree::leaf("dropout").attr("dropout_rate", 0.0).attr("is_enabled", true);
    Tree::chain(vec![normed, dropout]).dim("nO", outputs).dim("nI", inputs)
}

fn sizes<const N: usize>(shape: &[u32]) -> [u32; N] {
    shape.try_into().unwrap_or([0; N])
}

/// `spacy.Tok2Vec.v2` of `MultiHashEmbed.v2` and `MaxoutWindowEncoder.v2`.
pub(super) fn tok2vec(tok2vec: &Tok2Vec) -> Tree {
    let [width, _, mixed] = sizes(tok2vec.mix.weight.shape());
    let embed = embed(tok2vec, width, mixed);
    let encode = encode(tok2vec, width);
    Tree::chain(vec![embed, encode])
        .dim("nO", width)
        .points_to("embed", &[0])
        .points_to("encode", &[1])
}

fn embed(tok2vec: &Tok2Vec, width: u32, mixed: u32) -> Tree {
    let tables = tok2vec.embeds.iter().enumerate().map(|(column, embed)| {
        let [rows, width] = sizes(embed.table.shape());
        let table = Tree::leaf("hashembed")
            .dim("nO", width)
            .dim("nV", rows)
            .unknown("nI")
            .attr("column", column as u64)
            .attr("seed", embed.seed)
            .attr("dropout_rate", 0.0)
            .params(&["E"]);
        Tree::chain(vec![Tree::leaf("ints-getitem"), table])
            .dim("nO", width)
            .attr("column", column as u64)
    });
    let mut tables: Vec<Tree> = tables.collect();
    let n_tables = tables.len() as u32;
    let tables = match tables.pop() {
        Some(one) if n_tables == 1 => one,
        last => {
            tables.extend(last);
            Tree::of(&join(&tables, "|"), tables).dim("nO", width * n_tables)
        }
    };
    let columns = tok2vec.embeds.iter().map(|it| Value::from(it.attr.as_str())).collect();
    let extract = Tree::leaf("extract_features").attr("columns", Value::Array(columns));
    let features = [
        extract,
        Tree::leaf("list2ragged"),
        Tree::around("with_array", tables).dim("nO", width * n_tables).attr("pad", 0),
    ];
    let mix = Tree::around("with_array", maxout(&tok2vec.mix))
        .dim("nO", width)
        .dim("nI", mixed)
        .attr("pad", 0);
    let rest = [mix, Tree::leaf("ragged2list")];
    let Some(projection) = &tok2vec.vectors else {
        return Tree::chain(features.into_iter().chain(rest).collect()).dim("nO", width);
    };
    let [_, vector_width] = sizes(projection.shape());
    let vectors = Tree::leaf("static_vectors")
        .dim("nO", width)
        .dim("nM", vector_width)
        .attr("key_attr", "ORTH")
        .attr("dropout_rate", 0.0)
        .params(&["W"]);
    let features = Tree::chain(features.into()).dim("nO", width * n_tables);
    let both = vec![features, vectors];
    let both = Tree::of(&join(&both, "|"), both).dim("nO", mixed);
    Tree::chain([both].into_iter().chain(rest).collect()).dim("nO", width)
}

fn encode(tok2vec: &Tok2Vec, width: u32) -> Tree {
    let blocks = tok2vec.encode.iter().map(|block| {
        let window = Tree::leaf("expand_window").attr("window_size", tok2vec.window);
        let block = Tree::chain(vec![window, maxout(block)]).dim("nO", width);
        Tree::around("residual", block).dim("nO", width).unknown("nI")
    });
    let mut blocks: Vec<Tree> = blocks.collect();
    let depth = blocks.len() as u32;
    let blocks = match blocks.pop() {
        Some(one) if depth == 1 => one,
        last => {
            blocks.extend(last);
            Tree::chain(blocks).dim("nO", width).unknown("nI")
        }
    };
    Tree::around("with_array", blocks)
        .dim("nO", width)
        .unknown("nI")
        .attr("pad", tok2vec.window * depth)
}

/// A component's source of token vectors. `width` is that of its vectors.
fn source(source: &Source, width: u32) -> Tree {
    match source {
        Source::Listener(_) => Tree::leaf("tok2vec-listener").dim("nO", width),
        Source::Own(it) => tok2vec(it),
    }
}

/// `spacy.TransitionBasedParser.v2`.
pub(super) fn transitions(model: &Transitions) -> Tree {
    let [hidden, width] = sizes(model.narrow.weight.shape());
    let [features, outputs, pieces, inputs] = sizes(model.lower.weight.shape());
    let linear = |outputs, inputs| {
        Tree::leaf("linear").dim("nO", outputs).dim("nI", inputs).params(&["W", "b"])
    };
    let narrow =
        vec![source(&model.source, width), Tree::leaf("list2array"), linear(hidden, width)];
    let lower = Tree::leaf("precomputable_affine")
        .dim("nO", outputs)
        .dim("nI", inputs)
        .dim("nF", features)
        .dim("nP", pieces)
        .attr("dropout_rate", 0.0)
        .params(&["W", "b", "pad"]);
    let upper = match &model.upper {
        Some(upper) => {
            let [outputs, inputs] = sizes(upper.weight.shape());
            linear(outputs, inputs)
        }
        None => Tree::leaf("noop"),
    };
    let inside = vec![Tree::chain(narrow).dim("nO", hidden), lower, upper];
    Tree::of("parser_model", inside)
        .unknown("nI")
        .points_to("tok2vec", &[0])
        .points_to("lower", &[1])
        .points_to("upper", &[2])
        .attr("has_upper", model.upper.is_some())
}

/// `spacy.Tagger.v2` with two classes.
pub(super) fn senter(senter: &Senter) -> Tree {
    let [classes, width] = sizes(senter.output.weight.shape());
    let output = Tree::leaf("softmax")
        .dim("nO", classes)
        .dim("nI", width)
        .attr("softmax_normalize", false)
        .attr("softmax_temperature", 1.0)
        .params(&["W", "b"]);
    let output =
        Tree::around("with_array", output).dim("nO", classes).dim("nI", width).attr("pad", 0);
    Tree::chain(vec![source(&senter.source, width), output])
        .dim("nO", classes)
        .points_to("tok2vec", &[0])
        .points_to("softmax", &[1])
        .points_to("output_layer", &[1])
}
