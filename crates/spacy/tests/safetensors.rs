//! Numbers that are written alone, held against those that spaCy loads.

use std::fs::{self, File};
use std::io::Cursor;
use std::process::Command;

use spacy::pipeline::{Archive, FolderSink, open, save, save_safetensors};

/// Finds each array by its name in the layers that spaCy loads; with the package safetensors, also
/// reads the file by that.
const CHECK: &str = r#"
import json, struct, sys
import numpy, spacy

path, folder = sys.argv[1:]
data = open(path, "rb").read()
length = struct.unpack("<Q", data[:8])[0]
head = json.loads(data[8 : 8 + length])
head.pop("__metadata__")
nlp = spacy.load(folder)
found = {}
for name, entry in head.items():
    start, end = (8 + length + it for it in entry["data_offsets"])
    found[name] = numpy.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"])
try:
    from safetensors.numpy import load_file
except ImportError:
    pass
else:
    theirs = load_file(path)
    assert theirs.keys() == found.keys()
    assert all(numpy.array_equal(theirs[name], found[name]) for name in found)
    print("safetensors reads the same")
in_spacy = 0
for component in ["tok2vec", "parser", "ner"]:
    if component in nlp.pipe_names:
        nodes = list(nlp.get_pipe(component).model.walk())
        in_spacy += sum(node.has_param(it) is True for node in nodes for it in node.param_names)
for name, array in found.items():
    component, layer, n, param = name.split(".")
    nodes = [it for it in nlp.get_pipe(component).model.walk() if it.name == layer]
    assert numpy.array_equal(nodes[int(n)].get_param(param), array), name
assert len(found) == in_spacy, (len(found), in_spacy)
print(len(found), "arrays")
"#;

#[test]
fn numbers_are_those_that_spacy_loads() {
    let Some(python) = testkit::python(&["spacy"]) else { return };
    let golden = fs::read("../predict/tests/golden/parser_before_ner.zip");
    let golden = golden.expect("it is part of the project");
    let pipeline = open(&mut Archive(Cursor::new(golden)), &mut |_| ()).expect("it is whole");
    let folder = std::env::temp_dir().join(format!("nerine-safetensors-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("numbers.safetensors");
    save_safetensors(&pipeline, File::create(&file).unwrap()).unwrap();
    let whole = folder.join("pipeline");
    let mut sink = FolderSink::new(&whole);
    save(&pipeline, &mut sink).unwrap();
    let ran = Command::new(python).args(["-c", CHECK]).arg(&file).arg(&whole).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    eprintln!("{said}");
    drop(fs::remove_dir_all(folder));
}
