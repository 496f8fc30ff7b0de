//! An experiment as a project in which spaCy trains the same bases on the same texts.

use std::collections::BTreeMap;
use std::io::Write;

use corpus::{Annotation, Answer, Doc, DocId, Mark, Origin};
use experiment::FrozenDoc;
use project::{ExperimentId, ProjectId, RunRecord, TrainSettings};
use spacy::pipeline::ZipSink;
use spacy::workspace::{Base, From, LeftOut, Part, Settings, Workspace};
use storage::{ExperimentRecord, Store, StoreError, Way};

use crate::bases::{self, Heard};
use crate::export::stem;
use crate::page::{Pace, Page, Stopped};

/// Writes it as a zip. Gives back what was written to, and the file's name.
pub(crate) async fn pack<W: Write>(
    store: &impl Store,
    page: &impl Page,
    project: &ProjectId,
    experiment: ExperimentId,
    out: W,
) -> Result<(W, String), Stopped> {
    let record = store.experiment(project, experiment).await?;
    let snapshot = store.snapshot(project, experiment).await?;
    let title = store.project(project).await?.name;
    let stem = format!("{}-spacy-project", stem(&title));
    let labels = snapshot.labels().to_vec();
    let docs: BTreeMap<DocId, Doc> =
        Vec::from(snapshot).into_iter().map(doc).map(|it| (it.id.clone(), it)).collect();

    let mut sink = ZipSink::new(Heard::new(out, page), format!("{stem}/"));
    let mut workspace = Workspace::new(&mut sink, &labels);
    let mut pace = Pace::new(page);
    for base in &record.experiment.bases {
        match start(store, page, &record, base).await? {
            Ok(base) => workspace.base(base)?,
            Err(why) => workspace.leave_out(base.name.clone(), why),
        }
        pace.step().await?;
    }
    let smaller = record.experiment.shares.iter().copied().filter(|it| *it != 100);
    let shares: Vec<u8> = smaller.chain([100]).collect();
    for fold in &record.experiment.split.folds {
        let of = |ids: &[DocId]| ids.iter().filter_map(|it| docs.get(it)).collect();
        workspace.part(&Part {
            train: shares.iter().map(|it| (*it, of(fold.train_share(*it)))).collect(),
            dev: of(&fold.dev),
            scored: of(fold.scored()),
        })?;
        pace.step().await?;
    }
    workspace.finish(&format!("{title}: bases compared"), &record.experiment.seeds)?;
    Ok((sink.finish()?.out, format!("{stem}.zip")))
}

/// What spaCy's runs of a base start from, or why there are none.
async fn start(
    store: &impl Store,
    page: &impl Page,
    record: &ExperimentRecord,
    base: &experiment::Base,
) -> Result<Result<Base, LeftOut>, Stopped> {
    if let Some((_, why)) = record.unfit.iter().find(|it| it.0 == base.key) {
        return Ok(Err(LeftOut::Unfit(why.clone())));
    }
    let Some(Way { settings, architecture }) = record.ways.get(&base.key) else {
        return Ok(Err(LeftOut::Gone));
    };
    let from = match architecture.as_str() {
        RunRecord::NERINE => return Ok(Err(LeftOut::OwnLearner)),
        RunRecord::SPACY_NER_REPLAY => return Ok(Err(LeftOut::Replay)),
        RunRecord::SPACY_NER_BESIDE => return Ok(Err(LeftOut::Beside)),
        RunRecord::SPACY_NER_REHEARSAL => return Ok(Err(LeftOut::Rehearsal)),
        RunRecord::AS_IT_CAME => From::AsItCame,
        RunRecord::SPACY_NER_FROM_TOKENS => From::Tokens,
        architecture => From::Weights { freeze: architecture == RunRecord::SPACY_NER_FROZEN },
    };
    let pipeline = if let Ok(built_in) = settings.base.parse() {
        match bases::of_built_in(built_in) {
            Ok(it) => it,
            Err(_) => return Ok(Err(LeftOut::NoRules)),
        }
    } else {
        match store.base(&settings.base).await {
            Ok(it) => bases::pipeline(store, page, &it).await?,
            Err(StoreError::Missing { .. }) => return Ok(Err(LeftOut::Gone)),
            Err(error) => return Err(error.into()),
        }
    };
    Ok(Ok(Base { name: base.name.clone(), pipeline, from, settings: like(settings) }))
}

/// What a person set, in the words of spaCy.
fn like(settings: &TrainSettings) -> Settings {
    Settings {
        max_epochs: Some(settings.epochs),
        learning_rate: settings.learning_rate,
        dropout: settings.dropout,
        patience: settings.patience,
        is_timed: settings.max_seconds.is_some(),
        ..Settings::default()
    }
}

/// A text with what is right as its marks.
fn doc(frozen: FrozenDoc) -> Doc {
    let mark = |span| Mark { span, origin: Origin::Person, at_ms: 0 };
    let annotation = Annotation {
        marks: frozen.gold.into_iter().map(mark).collect(),
        // A text without a verdict would count as unread.
        answer: Some(Answer::Accept),
        unread: frozen.unread,
        ..Annotation::default()
    };
    Doc { annotation, ..Doc::new(frozen.id.0, frozen.text) }
}
