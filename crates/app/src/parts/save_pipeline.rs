use leptos::prelude::*;
use protocol::{PipelineFile, PipelineOf};

use crate::state::App;
use crate::words;

/// Saves a pipeline as a file that spaCy opens, or its numbers alone.
#[component]
pub(crate) fn SavePipeline(
    /// What people call it.
    name: String,
    /// Which it is.
    pipeline: PipelineOf,
) -> impl IntoView {
    let app = expect_context::<App>();
    let saving = app.bases.saving;
    let pipeline = StoredValue::new(pipeline);
    let name = StoredValue::new(name);
    let written = move || {
        let saving = saving.read();
        let is_this = |it: &&(PipelineOf, u64)| pipeline.with_value(|this| it.0 == *this);
        let (_, done) = saving.as_ref().filter(is_this)?;
        Some(format!("Writing, {} so far", words::bytes(*done as f64)))
    };
    let button = move |form, ending: &'static str, title: &'static str| {
        view! {
            <button
                type="button" class="btn quiet small" title=title
                aria-label=move || format!("Save {} as {ending}", name.get_value())
                disabled=move || saving.read().is_some()
                on:click=move |_| app.save_pipeline(pipeline.get_value(), form)
            >{ending}</button>
        }
    };
    view! {
        <div class="row save-as">
            {move || match written() {
                Some(written) => view! { <span class="meta num" role="status">{written}</span> }.into_any(),
                None => view! { <span class="meta">"Save as"</span> }.into_any(),
            }}
            {button(PipelineFile::Zip, ".zip", "Its folder in a zip. Unpacked, it is what spacy.load opens.")}
            {button(PipelineFile::Wheel, ".whl", "A wheel, which pip installs.")}
            {button(
                PipelineFile::Safetensors, ".safetensors",
                "Numbers alone (.safetensors), for PyTorch, numpy and others. spaCy does not open it.",
            )}
        </div>
    }
}
