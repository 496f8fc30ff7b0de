//! Settings that come from a spaCy training configuration.

use leptos::prelude::*;
use protocol::{ConfigSettings, IoReply, IoRequest};
use screen::draft::Number;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::super::{App, sentence};
use super::FromConfig;
use crate::browser;

impl App {
    /// Reads a `config.cfg`, and takes over what the next run can have.
    pub(crate) fn read_training_config(self, file: File) {
        browser::spawn(async move {
            let read = self.hear_of_config(&file).await;
            let told = read.map(|settings| FromConfig {
                taken: self.take_over(&settings),
                left: settings.not_taken,
            });
            self.training.config.set(Some(told));
        });
    }

    async fn hear_of_config(self, file: &File) -> Result<ConfigSettings, String> {
        let unread = || format!("{} cannot be read. Choose it again.", file.name());
        let text = JsFuture::from(file.text()).await.ok().and_then(|it| it.as_string());
        let request = IoRequest::ReadConfig { text: text.ok_or_else(unread)? };
        match self.workers().io.ask(request, Vec::new()).await {
            Ok((IoReply::Config(settings), _)) => Ok(*settings),
            Ok((IoReply::Failed { why }, _)) => Err(sentence(&why)),
            Ok(_) => Err(unread()),
            Err(fault) => Err(sentence(&fault)),
        }
    }

    /// Puts settings into the inputs, and says which.
    fn take_over(self, settings: &ConfigSettings) -> String {
        let numbers = [
            (Number::Epochs, settings.epochs.map(|it| it.to_string())),
            (Number::LearningRate, settings.learning_rate.map(|it| it.to_string())),
            (Number::Dropout, settings.dropout.map(|it| it.to_string())),
            (Number::Patience, settings.patience.map(|it| it.to_string())),
            (Number::Seed, settings.seed.map(|it| it.to_string())),
        ];
        let mut taken = Vec::new();
        self.training.draft.update(|draft| {
            let Some(draft) = draft else { return };
            for (number, text) in numbers {
                if let Some(text) = text {
                    draft.set(number, text);
                    taken.push(number.name().to_lowercase());
                }
            }
        });
        match taken.as_slice() {
            [] => "Nothing in it is a setting of a run here.".to_owned(),
            taken => format!("Taken over: {}.", taken.join(", ")),
        }
    }
}
