//! The bytes of a network: what thinc's `Model.to_bytes` writes.

use model::{Array, Layer};
use rmpv::{Value, ValueRef};

use crate::msgpack;

/// A layer with its arrays, by name.
pub(crate) struct LoadedLayer {
    pub(crate) layer: Layer,
    pub(crate) arrays: Vec<(String, Array)>,
}

/// Why bytes are no network.
#[derive(Debug)]
pub(crate) enum ThincError {
    /// The bytes are something else, or break off.
    Damaged(&'static str),
    /// An array holds what is no number.
    NotFinite(String),
}

/// Reads a network, layer by layer.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<LoadedLayer>, ThincError> {
    let value = msgpack::read(bytes).ok_or(ThincError::Damaged("it is no whole msgpack"))?;
    let list = |name| msgpack::get(&value, name).and_then(msgpack::array);
    let (Some(nodes), Some(attrs), Some(params)) = (list("nodes"), list("attrs"), list("params"))
    else {
        return Err(ThincError::Damaged("it holds no network"));
    };
    if attrs.len() != nodes.len() || params.len() != nodes.len() {
        return Err(ThincError::Damaged("its parts differ in length"));
    }
    let mut layers = Vec::with_capacity(nodes.len());
    for ((node, attrs), params) in nodes.iter().zip(attrs).zip(params) {
        layers.push(read_layer(node, attrs, params)?);
    }
    Ok(layers)
}

fn read_layer(
    node: &ValueRef<'_>,
    attrs: &ValueRef<'_>,
    params: &ValueRef<'_>,
) -> Result<LoadedLayer, ThincError> {
    let damaged = || ThincError::Damaged("a layer cannot be read");
    let name = msgpack::get(node, "name").and_then(msgpack::text).ok_or_else(damaged)?;
    let numbers = |key| {
        let entries = msgpack::get(node, key).and_then(msgpack::map)?;
        let number = |it: &ValueRef<'_>| match it {
            ValueRef::Nil => Some(None),
            it => u32::try_from(it.as_u64()?).ok().map(Some),
        };
        let entry = |(key, value): &(ValueRef<'_>, ValueRef<'_>)| {
            Some((msgpack::text(key)?.to_owned(), number(value)?))
        };
        entries.iter().map(entry).collect::<Option<Vec<_>>>()
    };
    let attr = |(key, value): &(ValueRef<'_>, ValueRef<'_>)| {
        Some((msgpack::text(key)?.to_owned(), msgpack::bytes(value)?.to_vec()))
    };
    let attrs = msgpack::map(attrs).and_then(|it| it.iter().map(attr).collect::<Option<_>>());
    let mut layer = Layer {
        name: name.to_owned(),
        dims: numbers("dims").ok_or_else(damaged)?,
        refs: numbers("refs").ok_or_else(damaged)?,
        attrs: attrs.ok_or_else(damaged)?,
        params: Vec::new(),
    };
    let mut arrays = Vec::new();
    for (key, value) in msgpack::map(params).ok_or_else(damaged)? {
        let key = msgpack::text(key).ok_or_else(damaged)?.to_owned();
        layer.params.push((key.clone(), *value != ValueRef::Nil));
        if *value != ValueRef::Nil {
            let array = read_array(value).ok_or_else(damaged)?;
            if !array.values().iter().all(|it| it.is_finite()) {
                return Err(ThincError::NotFinite(format!("{key} of {}", short(name))));
            }
            arrays.push((key, array));
        }
    }
    Ok(LoadedLayer { layer, arrays })
}

/// A layer's name, which grows with its parts, cut to what can be read.
fn short(name: &str) -> &str {
    name.split(">>").next().unwrap_or(name)
}

fn read_array(value: &ValueRef<'_>) -> Option<Array> {
    let is_f32 = msgpack::get(value, "type").and_then(msgpack::text) == Some("<f4");
    let shape = msgpack::array(msgpack::get(value, "shape")?)?
        .iter()
        .map(|it| u32::try_from(it.as_u64()?).ok().map(|it| it as usize))
        .collect::<Option<Vec<_>>>()?;
    let (values, []) = msgpack::bytes(msgpack::get(value, "data")?)?.as_chunks::<4>() else {
        return None;
    };
    let n_values = shape.iter().try_fold(1_usize, |n, it| n.checked_mul(*it))?;
    if !is_f32 || n_values != values.len() {
        return None;
    }
    Array::new(&shape, values.iter().map(|it| f32::from_le_bytes(*it)).collect()).ok()
}

/// Writes a network. `array` gives the array of a layer, by the layer's place and its name.
pub(crate) fn write<'a>(
    layers: &[Layer],
    array: impl Fn(usize, &str) -> Option<&'a Array>,
) -> Vec<u8> {
    let number = |it: &Option<u32>| it.map_or(Value::Nil, Value::from);
    let numbers = |list: &[(String, Option<u32>)]| {
        Value::Map(list.iter().map(|(key, it)| (Value::from(key.as_str()), number(it))).collect())
    };
    let nodes = layers.iter().enumerate().map(|(idx, layer)| {
        Value::Map(vec![
            (Value::from("index"), Value::from(idx)),
            (Value::from("name"), Value::from(layer.name.as_str())),
            (Value::from("dims"), numbers(&layer.dims)),
            (Value::from("refs"), numbers(&layer.refs)),
        ])
    });
    let attrs = layers.iter().map(|layer| {
        let attr = |(key, bytes): &(String, Vec<u8>)| {
            (Value::from(key.as_str()), Value::Binary(bytes.clone()))
        };
        Value::Map(layer.attrs.iter().map(attr).collect())
    });
    let params = layers.iter().enumerate().map(|(idx, layer)| {
        let param = |(key, is_there): &(String, bool)| {
            let array = is_there.then(|| array(idx, key)).flatten();
            (Value::from(key.as_str()), array.map_or(Value::Nil, write_array))
        };
        Value::Map(layer.params.iter().map(param).collect())
    });
    let shims = layers.iter().map(|_| Value::Array(Vec::new()));
    msgpack::write(&Value::Map(vec![
        (Value::from("nodes"), Value::Array(nodes.collect())),
        (Value::from("attrs"), Value::Array(attrs.collect())),
        (Value::from("params"), Value::Array(params.collect())),
        (Value::from("shims"), Value::Array(shims.collect())),
    ]))
}

fn write_array(array: &Array) -> Value {
    let bytes = |text: &str| Value::Binary(text.as_bytes().to_vec());
    let shape = array.shape().iter().map(|it| Value::from(*it)).collect();
    let data = array.values().iter().flat_map(|it| it.to_le_bytes()).collect();
    Value::Map(vec![
        (bytes("nd"), Value::from(true)),
        (bytes("type"), Value::from("<f4")),
        (bytes("kind"), bytes("")),
        (bytes("shape"), Value::Array(shape)),
        (bytes("data"), Value::Binary(data)),
    ])
}
