use std::fmt;

/// Why spaCy does not do what a base does in Nerine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It is Nerine's own learner.
    OwnLearner,
    /// Its tokens follow no rules that a pipeline's files hold.
    NoRules,
    /// Its tok2vec would stay as it is, and is a part of its `ner`.
    OwnTok2Vec,
    /// It also learns what it finds itself.
    Replay,
    /// What is trained stands beside the `ner` that it has.
    Beside,
    /// Its scores are held to what they were.
    Rehearsal,
    /// Its pipeline was removed.
    Gone,
    /// Nerine does not score it either, for this reason.
    Unfit(String),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LeftOut::OwnLearner => "it is Nerine's own learner",
            LeftOut::NoRules => "its tokens follow no rules that spaCy's files hold",
            LeftOut::OwnTok2Vec => {
                "its tok2vec stays as it is, and spaCy trains a tok2vec inside of ner with it"
            }
            LeftOut::Replay => "it also learns what it finds itself in the texts",
            LeftOut::Beside => "what is trained stands beside the ner that it has",
            LeftOut::Rehearsal => {
                "its scores are held to what they were, and spacy train does not rehearse"
            }
            LeftOut::Gone => "its pipeline was removed from Nerine",
            LeftOut::Unfit(why) => why,
        })
    }
}
